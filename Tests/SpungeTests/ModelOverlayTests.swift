import Foundation
import LanguageModels
import Tensors
import TestSupport
import Testing

@testable import Spunge

@Suite struct ModelOverlayTests {
  private let folder: TemporaryFolder
  private let base: ModelDirectory
  private let name = "model.layers.1.mlp.down_proj.weight"

  init() throws {
    folder = try TemporaryFolder()
    let copy = "\(folder.path)/base"
    try FileManager.default.copyItem(atPath: Fixtures.path("goldens/tiny-llama"), toPath: copy)
    base = try ModelDirectory.open(copy)
  }

  private func delta(_ change: (Int) -> Float) throws -> ParameterDelta {
    let shape = try #require(base.checkpoint.description(of: name)).shape
    let values = (0..<shape[0] * shape[1]).map(change)
    return ParameterDelta(
      name: "d", checkpoint: MemoryCheckpoint([(name: name, shape: shape, values: values)]))
  }

  private func provenance() throws -> Provenance {
    try Provenance(
      step: "merge", method: ties(density: 0.3), seed: 7,
      inputs: [.init(role: "part", path: "parts/one", sha256: "abc")],
      created: Date(timeIntervalSince1970: 1_700_000_000))
  }

  private func write(_ delta: ParameterDelta) throws -> String {
    let path = "\(folder.path)/overlay"
    try ModelOverlay.write(delta, on: base, provenance: provenance(), to: path)
    return path
  }

  @Test func opensAsBasePlusChanges() throws {
    let delta = try delta { Float($0 % 7) / 8 }
    let path = try write(delta)
    #expect(ModelOverlay.isOverlay(path) && !ModelOverlay.isOverlay(base.path))
    let overlay = try ModelOverlay.open(path)
    #expect(overlay.record.provenance == (try provenance()))
    let model = try overlay.model()
    let before = try base.checkpoint.tensor(name).values
    let change = try delta.checkpoint.tensor(name).values
    #expect(try model.checkpoint.tensor(name).values == zip(before, change).map { $0 + $1 })
    let other = "model.layers.0.mlp.down_proj.weight"
    #expect(
      try model.checkpoint.tensor(other).values == base.checkpoint.tensor(other).values)
    // Its digest covers what changed, or the answers of two overlays would be taken for each other's.
    #expect(model.sourceFiles.contains("\(path)/delta.safetensors"))
    let bytes = try FileManager.default.attributesOfItem(atPath: "\(path)/delta.safetensors")
    #expect((bytes[.size] as? Int ?? 0) < 4 * change.count + 1000)
  }

  @Test func lowRankChangesAreKeptAsFactors() throws {
    let shape = try #require(base.checkpoint.description(of: name)).shape
    let factors = MemoryCheckpoint([
      (name: "a", shape: [2, shape[1]], values: (0..<2 * shape[1]).map { Float($0 % 5) / 4 }),
      (name: "b", shape: [shape[0], 2], values: (0..<2 * shape[0]).map { Float($0 % 3) / 4 }),
    ])
    let product = LowRankFactors(name: name, down: "a", up: "b", scale: -0.5)
    let checkpoint = try LowRankCheckpoint(factors: factors, products: [product])
    let path = try write(ParameterDelta(name: "d", checkpoint: checkpoint))
    let overlay = try ModelOverlay.open(path)
    #expect(overlay.record.products == [product])
    #expect(
      try overlay.delta.checkpoint.tensor(name).values == checkpoint.tensor(name).values)
    let stored = try SafetensorsFile(path: "\(path)/delta.safetensors")
    #expect(Set(stored.tensors.map(\.name)) == ["a", "b"])
  }

  @Test func anotherBaseIsRefused() throws {
    let path = try write(try delta { _ in 0.5 })
    // One changed byte in the weights.
    let weights = "\(base.path)/model.safetensors"
    var bytes = try Data(contentsOf: URL(filePath: weights))
    bytes[bytes.count - 1] ^= 1
    try bytes.write(to: URL(filePath: weights))
    let error = #expect(throws: ModelOverlayError.self) { try ModelOverlay.open(path) }
    let text = error?.description ?? ""
    #expect(text.contains("is not the base that the overlay was made from"))
    #expect(text.contains("'model.safetensors' has SHA-256") && text.contains("--base"))
    // The right base elsewhere will do.
    let overlay = try ModelOverlay.open(path, base: Fixtures.path("goldens/tiny-llama"))
    #expect(overlay.base.path == Fixtures.path("goldens/tiny-llama"))
    try FileManager.default.removeItem(atPath: base.path)
    #expect(throws: ModelOverlayError.noBase(overlay: path, base: base.path)) {
      try ModelOverlay.open(path)
    }
  }

  @Test(arguments: [
    ("\"schema\" : 1", "\"schema\" : 2", "its format version is 2"),
    ("\"changes\" : \"delta.safetensors\"", "\"changes\" : \"../x\"", "'changes' is '../x'"),
    ("\"changes\"", "\"change\"", "'changes' is missing"),
    ("{", "[", "it is not valid JSON"),
    ("\"sha256\" : \"abc\"", "\"sha256\" : 5", "has the wrong type"),
  ])
  func damagedRecords(from: String, to: String, message: String) throws {
    let path = try write(try delta { _ in 0.5 })
    let file = "\(path)/overlay.json"
    let text = try String(contentsOfFile: file, encoding: .utf8)
    #expect(text.contains(from))
    try text.replacing(from, with: to, maxReplacements: 1)
      .write(toFile: file, atomically: true, encoding: .utf8)
    let error = #expect(throws: ModelOverlayError.self) { try ModelOverlay.open(path) }
    #expect(error?.description.contains(message) == true, "\(error?.description ?? "")")
  }

  /// Whichever byte of record or changes is another one: the overlay is refused by name, or means the same.
  @Test func everyFlippedBitIsFound() throws {
    let path = try write(try delta { Float($0 % 7) / 8 })
    let record = try ModelOverlay.open(path).record
    #expect(record.changesSHA256?.count == 64)
    for name in ["overlay.json", "delta.safetensors"] {
      let file = "\(path)/\(name)"
      let whole = try Data(contentsOf: URL(filePath: file))
      for place in stride(from: 0, to: whole.count, by: max(1, whole.count / 101)) {
        var bytes = whole
        bytes[place] ^= 1
        try bytes.write(to: URL(filePath: file))
        do {
          let opened = try ModelOverlay.open(path)
          // White space, or the name of a field that earlier versions did not have.
          #expect(name == "overlay.json" && opened.record.products == record.products)
          #expect(opened.record.base == record.base && opened.record.changes == record.changes)
        } catch let error as ModelOverlayError {
          #expect(error.description.contains(path))
        }
      }
      try whole.write(to: URL(filePath: file))
    }
    var bytes = try Data(contentsOf: URL(filePath: "\(path)/delta.safetensors"))
    bytes[bytes.count - 1] ^= 0x40
    try bytes.write(to: URL(filePath: "\(path)/delta.safetensors"))
    let error = #expect(throws: ModelOverlayError.self) { try ModelOverlay.open(path) }
    #expect(
      error?.description.hasPrefix("\(path)/delta.safetensors: damaged or edited: its SHA-256")
        == true)
  }

  /// As earlier versions wrote it.
  @Test func aRecordWithoutDigestsIsRead() throws {
    let path = try write(try delta { _ in 0.5 })
    let file = "\(path)/overlay.json"
    let text = try String(contentsOfFile: file, encoding: .utf8)
      .replacing(#/ *"changesSHA256" : "\w+",\n/#, with: "")
      .replacing(#/ *"check" : "\w+",\n/#, with: "")
    #expect(!text.contains("check") && !text.contains("SHA256\""))
    try text.write(toFile: file, atomically: true, encoding: .utf8)
    _ = try ModelOverlay.open(path)
  }

  @Test func factorsThatDoNotFitAreNamedWithTheirFile() throws {
    let path = try write(try delta { _ in 0.5 })
    let file = "\(path)/overlay.json"
    var record = try ModelOverlay.open(path).record
    record.products = [LowRankFactors(name: name, down: "a", up: "b", scale: 1)]
    try ModelOverlay.write(record, to: path)
    let error = #expect(throws: ModelOverlayError.self) { try ModelOverlay.open(path) }
    #expect(error?.description.hasPrefix("\(file): there is no factor 'a'") == true)
  }

  @Test func nothingNotFiniteIsWritten() throws {
    let delta = try delta { $0 == 5 ? .nan : 0 }
    #expect(throws: MergeError.self) { try write(delta) }
    #expect(try folder.names == ["base"])
  }

  /// The card is YAML between dashes, then text that names base, method, settings and digests.
  @Test func cardSaysHowTheModelWasMade() throws {
    let overlay = try ModelOverlay.open(try write(try delta { _ in 0.5 }))
    let card = ModelCard.text(
      name: "m", base: overlay.record.base, provenance: overlay.record.provenance)
    #expect(card.hasPrefix("---\nlibrary_name: transformers\n"))
    for text in [
      "base_model: \"base\"", "base_model_relation: merge", "[TIES](https://arxiv.org/abs/",
      "density: 0.3", "| Seed | 7 |", "| part | `one` | `abc` |",
      overlay.record.base.files[0].sha256, "2023-11-14T22:13:20Z",
    ] { #expect(card.contains(text), "\(text)") }
  }

  /// A base of the Hugging Face cache is named by its id, not by its commit.
  @Test(arguments: [
    ("/hub/models--owner--a-model/snapshots/0a1b", "owner/a-model"),
    ("/hub/models--owner--a--b/snapshots/0a1b/m.gguf", "owner/a--b"),
    ("/hub/models--tiny/snapshots/0a1b", "tiny"), ("/models--x--y/other", "other"),
  ])
  func cardNamesTheBaseByItsID(path: String, name: String) throws {
    let card = ModelCard.text(
      name: "m", base: .init(path: path, files: []), provenance: try provenance())
    #expect(card.contains("base_model: \"\(name)\""))
  }
}
