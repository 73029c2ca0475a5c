import Foundation
import LanguageModels
import Spunge
import Tensors
import TestSupport
import Testing

/// Merging, unlearning and asking models whose files are odd or damaged, with the program itself.
@Suite struct ModelFaultCommandTests {
  private let folder: TemporaryFolder
  private let golden: ModelDirectory

  init() throws {
    folder = try TemporaryFolder()
    golden = try ModelDirectory.open(Fixtures.path("goldens/tiny-llama"))
  }

  private func values(_ name: String) throws -> [Float] {
    try golden.checkpoint.tensor(name).values
  }

  /// Writes a folder like the golden model's with other tensors.
  private func write(
    _ name: String, isTied: Bool = false, dtype: String = "float32",
    _ change: (inout [String: [Float]]) throws -> Void
  ) throws {
    try FileManager.default.copyItem(atPath: golden.path, toPath: "\(folder.path)/\(name)")
    let config = try String(contentsOfFile: "\(golden.path)/config.json", encoding: .utf8)
    try folder.write(
      "\(name)/config.json",
      config.replacing(
        "\"tie_word_embeddings\": false", with: "\"tie_word_embeddings\": \(isTied)"))
    var tensors: [String: [Float]] = [:]
    for tensor in golden.checkpoint.tensors { tensors[tensor.name] = try values(tensor.name) }
    try change(&tensors)
    let kept = golden.checkpoint.tensors.compactMap { tensor in
      tensors[tensor.name].map { (name: tensor.name, shape: tensor.shape, values: $0) }
    }
    try SafetensorsWriter.write(
      MemoryCheckpoint(kept), to: "\(folder.path)/\(name)/model.safetensors"
    ) { _ in .float32 }
  }

  private func tool(_ arguments: String...) throws -> Tool { try Tool(arguments, in: folder.path) }

  private func opened(_ name: String) throws -> ModelDirectory {
    try ModelDirectory.open("\(folder.path)/\(name)")
  }

  /// The head of the base is a copy of its embeddings; the part was saved without one, and has other embeddings.
  @Test func aMergeWritesNoStaleHead() throws {
    try write("base", isTied: true) { $0[DecoderNames.head] = try values(DecoderNames.embedding) }
    try write("part", isTied: true) { tensors in
      tensors[DecoderNames.head] = nil
      tensors[DecoderNames.embedding]?[70] += 0.5
    }
    for arguments in [["--output", "merged"], ["--overlay", "--output", "overlay"]] {
      let merged = try Tool(
        ["merge", "--method", "task_arithmetic", "--base", "base", "--part", "part"] + arguments,
        in: folder.path)
      #expect(merged.status == 0, "\(merged.errors)")
    }
    #expect(try tool("export", "overlay", "--output", "exported").status == 0)
    let part = try opened("part")
    for name in ["merged", "exported"] {
      let model = try SafetensorsFile(path: "\(folder.path)/\(name)/model.safetensors")
      #expect(model.description(of: DecoderNames.head) == nil)
      #expect(
        try model.tensor(DecoderNames.embedding).values
          == part.checkpoint.tensor(DecoderNames.embedding).values)
    }
  }

  /// Where base and part differ in whether the head is the embeddings, merging the part alone gives the part.
  @Test(arguments: [true, false], [["merge"], ["merge", "--overlay"]])
  func aPartIsMergedWithItsOwnHead(baseIsTied: Bool, command: [String]) throws {
    try write("tied", isTied: true) { $0[DecoderNames.head] = nil }
    try write("untied") { $0[DecoderNames.embedding]?[3] += 1 }
    let (base, part) = baseIsTied ? ("tied", "untied") : ("untied", "tied")
    let merged = try Tool(
      command + [
        "--method", "task_arithmetic", "--base", base, "--part", part, "--output", "merged",
      ], in: folder.path)
    #expect(merged.status == 0, "\(merged.errors)")
    let isOverlay = command.count > 1
    if isOverlay { #expect(try tool("export", "merged", "--output", "whole").status == 0) }
    let (model, expected) = (try opened(isOverlay ? "whole" : "merged"), try opened(part).untied)
    #expect(!model.configuration.tiesEmbeddings)
    for tensor in expected.checkpoint.tensors {
      expectClose(
        try model.checkpoint.tensor(tensor.name).values,
        try expected.checkpoint.tensor(tensor.name).values, absolute: 1e-6, tensor.name)
    }
    let config = try String(
      contentsOfFile: "\(model.path)/config.json", encoding: .utf8)
    #expect(config.contains("\"tie_word_embeddings\": false"))
  }

  /// The base is blamed for what is wrong with it, before anything is computed, also where no loss would see it.
  @Test(arguments: [
    (DecoderNames.head, 0, Float.nan), (DecoderNames.finalNorm, 5, .infinity),
    (DecoderNames.embedding, 511 * 64, -.infinity),
  ])
  func aDamagedBaseIsNamed(tensor: String, index: Int, value: Float) throws {
    try write("bad") { $0[tensor]?[index] = value }
    try write("good") { _ in }
    let message =
      "bad/model.safetensors: tensor '\(tensor)': element \(index) is \(value), not a finite number"
    try folder.write("forget.jsonl", #"{"ids": [1, 5, 9, 13, 22, 8]}"# + "\n")
    let commands = [
      ["merge", "--method", "average", "--base", "bad", "--part", "good"],
      [
        "unlearn", "--set", "layer=2", "--set", "trainedLayers=[1,2]", "--set", "alphas=[100]",
        "--base", "bad", "--forget", "forget.jsonl", "--retain", "forget.jsonl",
      ],
    ]
    for command in commands {
      let run = try Tool(command + ["--output", "out"], in: folder.path)
      #expect(run.status == 2)
      #expect(run.errors.contains(message), "\(run.errors)")
      #expect(!FileManager.default.fileExists(atPath: "\(folder.path)/out"))
    }
    let swapped = try tool(
      "merge", "--method", "average", "--base", "good", "--part", "bad", "--output", "out")
    #expect(swapped.status == 3 && swapped.errors.contains("part 'bad'"), "\(swapped.errors)")
  }

  @Test func aLikelihoodThatIsNoNumberNamesTheWeight() throws {
    try write("bad") { $0[DecoderNames.finalNorm]?[5] = .nan }
    try folder.write("rows.jsonl", #"{"context_ids": [1, 2], "continuation_ids": [3]}"# + "\n")
    let run = try tool("loglikelihood", "--model", "bad", "--input", "rows.jsonl")
    #expect(run.status == 2)
    #expect(
      run.errors.contains("bad/model.safetensors: tensor 'model.norm.weight': element 5 is nan"),
      "\(run.errors)")
    try write("large") { tensors in
      tensors[DecoderNames.finalNorm] = [Float](repeating: .greatestFiniteMagnitude, count: 64)
    }
    let large = try tool("loglikelihood", "--model", "large", "--input", "rows.jsonl")
    #expect(large.status != 0 && large.errors.contains("rows.jsonl:1: "), "\(large.errors)")
  }

  @Test func aRunThatChangesNothingSaysSo() throws {
    try write("base") { _ in }
    try folder.write("forget.jsonl", #"{"ids": [1, 5, 9, 13, 22, 8]}"# + "\n")
    func unlearn(_ share: String, _ output: String) throws -> Tool {
      try tool(
        "unlearn", "--method", "gradient_ascent", "--set", "training.learningRate=1e-4", "--set",
        "training.maximumSteps=1", "--set", "training.schedule=linear", "--set",
        "training.warmupShare=\(share)", "--base", "base", "--forget", "forget.jsonl",
        "--output", output)
    }
    let warm = try unlearn("0.5", "warm")
    #expect(warm.status == 0 && warm.errors.contains("note: nothing changed"), "\(warm.errors)")
    let cold = try unlearn("0", "cold")
    #expect(cold.status == 0 && !cold.errors.contains("nothing changed"), "\(cold.errors)")
  }

  @Test func generationStopsAtTheEndsOfItsFile() throws {
    try write("model") { _ in }
    try folder.write("rows.jsonl", #"{"prompt_ids": [1, 40, 77]}"# + "\n")
    func ids(_ ends: String) throws -> [Int] {
      try folder.write("model/generation_config.json", "{\"eos_token_id\": \(ends)}")
      let run = try tool(
        "generate", "--model", "model", "--max-tokens", "6", "--input", "rows.jsonl")
      #expect(run.status == 0, "\(run.errors)")
      let row = try JSONSerialization.jsonObject(with: Data(run.output.utf8)) as? [String: Any]
      return try #require(row?["ids"] as? [Int])
    }
    let all = try ids("2")
    #expect(all.count == 6)
    let end = all[3]
    let stop = try #require(all.firstIndex(of: end))
    #expect(try ids("[2, \(end)]") == Array(all[..<stop]))
    #expect(try ids("\(end)") == Array(all[..<stop]))
  }

  @Test func anOverlaysForeignTextIsShown() throws {
    try write("base") { _ in }
    try write("part") { $0[DecoderNames.finalNorm]?[5] += 1 }
    let merge = try tool(
      "merge", "--method", "average", "--base", "base", "--part", "part", "--overlay",
      "--output", "overlay")
    #expect(merge.status == 0, "\(merge.errors)")
    let record = try String(contentsOfFile: "\(folder.path)/overlay/overlay.json", encoding: .utf8)
    for name in ["\\u001b[2J", String(repeating: "a", count: 9000), "../x", ""] {
      try folder.write("overlay/overlay.json", record.replacing("delta.safetensors", with: name))
      let run = try tool("loglikelihood", "--model", "overlay")
      #expect(run.status == 2)
      #expect(run.errors.contains("overlay.json: 'changes' is '"), "\(run.errors.prefix(500))")
      #expect(run.errors.utf8.count < 1000 && !run.errors.contains("\u{1B}"))
    }
  }
}
