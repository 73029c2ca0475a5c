import Foundation
import LanguageModels
import Tensors
import TestSupport
import Testing

@testable import Spunge

/// The methods that descend a loss on text, on a tiny network.
@Suite struct FineTuningTests {
  static let methods = [
    "task_vector_negation", "gradient_ascent", "gradient_difference", "npo", "simnpo",
  ]
  private static let forget: [[Int32]] = [
    [1, 40, 41, 42, 43, 44, 45], [1, 50, 51, 52, 53], [1, 60, 61, 62, 63, 64],
  ]
  private static let retain: [[Int32]] = [
    [1, 140, 141, 142, 143, 144], [1, 150, 151, 152, 153, 154, 155],
  ]

  private func job(
    memory: TrainingMemory = .fastest, state: TrainingStateFile? = nil, forget: [[Int32]] = forget,
    report: @escaping (UnlearningStep) throws -> Void = { _ in }
  ) throws -> UnlearningJob {
    let folder = try ModelDirectory.open(Fixtures.path("goldens/tiny-llama"))
    var job = UnlearningJob(
      name: "part", configuration: folder.configuration, base: folder.checkpoint,
      forget: [TokenCorpus(name: "forget", rows: forget)],
      retain: [TokenCorpus(name: "retain", rows: Self.retain)], random: RandomSource(seed: 4),
      report: report)
    job.memory = memory
    job.state = state
    return job
  }

  private func method(_ name: String, _ settings: [String]) throws -> any UnlearningMethod {
    try unlearningMethods.method(name, assignments: settings)
  }

  private let quick = [
    "training.learningRate=0.01", "training.epochs=12", "training.accumulation=1",
    "training.batchSize=3", "training.schedule=constant", "training.warmupShare=0",
  ]

  /// Settings under which a method has something to do on a network that knows nothing.
  ///
  /// At about 6.9 nats a token SimNPO's loss is nearly zero without a margin of that size.
  private func own(_ name: String) -> [String] { name == "simnpo" ? ["gamma=17"] : [] }

  /// A step's batches may hold documents of every domain, whatever the run is called.
  @Test func stepsNameTheirDomains() throws {
    var domains: Set<String> = []
    var job = try job { domains.insert($0.domain) }
    job.forget = [
      TokenCorpus(name: "bees", rows: Array(Self.forget.prefix(2))),
      TokenCorpus(name: "tides", rows: Array(Self.forget.dropFirst(2))),
    ]
    _ = try method("gradient_ascent", quick).unlearn(job)
    #expect(domains == ["bees, tides"])
  }

  /// Every parameterisation's loss falls, and what did not train is not in the delta.
  @Test(arguments: methods, ["lora", "full"])
  func lossFalls(name: String, parameters: String) throws {
    var steps: [UnlearningStep] = []
    let settings =
      quick + own(name) + [
        "training.parameters=\(parameters)", "training.targets=[o_proj]",
        "training.trainedParameters=['model.layers.2.*']", "training.dropout=0",
      ]
    let delta = try method(name, settings).unlearn(try job { steps.append($0) })
    #expect(steps.count == 12)
    let (first, last) = (try #require(steps.first), try #require(steps.last))
    #expect(
      last.forgetLoss + last.retainLoss < first.forgetLoss + first.retainLoss - 0.01,
      "\(first.forgetLoss) → \(last.forgetLoss)")
    #expect(first.tokens > 0 && first.learningRate == 0.01 && (first.gradientNorm ?? 0) > 0)
    let names = delta.checkpoint.tensors.map(\.name)
    if parameters == "lora" {
      #expect(names == (0..<4).map { "model.layers.\($0).self_attn.o_proj.weight" })
    } else {
      #expect(names.count == 9 && names.allSatisfy { $0.hasPrefix("model.layers.2.") })
    }
  }

  /// The likelihood of the forget text falls under base + delta.
  @Test(arguments: methods + ["undial", "ceu"])
  func forgets(name: String) throws {
    let settings =
      quick + own(name) + ["training.parameters=lora", "training.targets=[all-linear]"]
    let delta = try method(name, settings).unlearn(try job())
    let folder = try ModelDirectory.open(Fixtures.path("goldens/tiny-llama"))
    let changed = try SumCheckpoint(base: folder.checkpoint, delta: delta)
    let losses = try [folder.checkpoint, changed].map { checkpoint in
      let network = try DecoderNetwork(
        configuration: folder.configuration, base: checkpoint, training: .all,
        random: RandomSource(seed: 0))
      return try network.trainNextToken(NextTokenBatch(Self.forget), scale: 1.0 / 15)
    }
    #expect(losses[1] > losses[0] + 0.01, "\(losses)")
  }

  /// On retain text a held model stays nearer to the base, or predicts better, than a free one.
  @Test(arguments: ["next_token", "divergence", "hidden_state"])
  func retainLossesHold(kind: String) throws {
    let folder = try ModelDirectory.open(Fixtures.path("goldens/tiny-llama"))
    let batch = NextTokenBatch(Self.retain)
    func network(_ base: any Checkpoint) throws -> DecoderNetwork {
      try DecoderNetwork(
        configuration: folder.configuration, base: base, training: .all,
        random: RandomSource(seed: 0))
    }
    func distance(_ settings: [String]) throws -> Double {
      let chosen = ["training.parameters=lora", "training.targets=[all-linear]"]
      let delta = try method("gradient_ascent", quick + chosen + settings).unlearn(try job())
      let changed = try network(SumCheckpoint(base: folder.checkpoint, delta: delta))
      guard kind != "next_token" else {
        return try changed.trainNextToken(batch, scale: 1 / batch.totalWeight)
      }
      let pass = try changed.forward(batch.input)
      let reference = try network(folder.checkpoint).forward(batch.input)
      return try changed.divergence(
        pass, from: reference, weights: batch.weights, dHidden: changed.zeroGradient(of: pass)
      ).reduce(0, +)
    }
    let free = try distance([])
    let held = try distance(["retain.kind=\(kind)", "retain.weight=20", "retain.layer=3"])
    #expect(held < free, "\(held) with, \(free) without")
  }

  /// NPO's and SimNPO's slopes are the derivatives of their values.
  @Test func slopes() {
    for (likelihood, base, length) in [(-12.0, -10.0, 4.0), (-2, -9, 3), (-800, -3, 40)] {
      func check(_ loss: (SequenceLikelihood) -> (value: Double, slope: Double), _ name: String) {
        func value(_ x: Double) -> Double {
          loss(.init(logLikelihood: x, baseLogLikelihood: base, length: length)).value
        }
        let slope = loss(
          .init(logLikelihood: likelihood, baseLogLikelihood: base, length: length)
        ).slope
        let step = 1e-5
        expectClose(
          slope, (value(likelihood + step) - value(likelihood - step)) / (2 * step),
          absolute: 1e-7, "\(name) at \(likelihood)")
      }
      check(NPO().loss, "NPO")
      check(SimNPO().loss, "SimNPO")
    }
  }

  /// At its start NPO is gradient ascent on the sequences' sums, with factor 1.
  @Test func npoBeginsAsGradientAscent() throws {
    var norms: [Double] = []
    let one = quick + ["training.maximumSteps=1"]
    for name in ["npo", "gradient_ascent"] {
      _ = try method(name, one).unlearn(
        try job(forget: [Self.forget[0]]) { norms.append($0.gradientNorm ?? 0) })
    }
    // A sum, and a mean over six tokens.
    expectClose(norms[0], norms[1] * 6, absolute: 1e-4, relative: 1e-4)
  }

  @Test func smallestMemoryGivesTheSameBits() throws {
    let settings = quick + ["training.dropout=0.2"]
    let deltas = try [TrainingMemory.fastest, .smallest].map { memory in
      try method("task_vector_negation", settings).unlearn(try job(memory: memory))
    }
    try expectSame(deltas[0], deltas[1])
  }

  /// A run that was interrupted after seven steps ends with the bits of one that was not.
  @Test(arguments: ["lora", "full"])
  func resumes(parameters: String) throws {
    let settings = quick + ["training.parameters=\(parameters)", "training.dropout=0.2"]
    let method = try method("task_vector_negation", settings)
    let whole = try method.unlearn(try job())
    let folder = try TemporaryFolder()
    let state = TrainingStateFile(path: "\(folder.path)/state.safetensors", interval: 3)
    struct Interruption: Error {}
    #expect(throws: Interruption.self) {
      _ = try method.unlearn(try job(state: state) { if $0.step == 6 { throw Interruption() } })
    }
    var steps: [Int] = []
    let resumed = try method.unlearn(try job(state: state) { steps.append($0.step) })
    #expect(steps == [6, 7, 8, 9, 10, 11])
    try expectSame(whole, resumed)
    #expect(throws: TrainingStateError.self) {
      _ = try self.method("task_vector_negation", settings + ["training.alpha=3"])
        .unlearn(try job(state: state))
    }
  }

  /// A state in which a bit flipped is never taken up: header, notes or numbers.
  @Test func aDamagedStateStartsAnew() throws {
    let method = try method("task_vector_negation", quick)
    let whole = try method.unlearn(try job())
    let folder = try TemporaryFolder()
    let state = TrainingStateFile(path: "\(folder.path)/state.safetensors", interval: 3)
    _ = try method.unlearn(try job(state: state))
    let bytes = try Data(contentsOf: URL(filePath: state.path))
    let header = 8 + Int(bytes[0]) + Int(bytes[1]) << 8 + Int(bytes[2]) << 16
    let text = try #require(bytes.range(of: Data("\"check\"".utf8)))
    let places =
      [text.lowerBound + 2, text.upperBound + 3, header, header + 1, bytes.count - 1]
      + stride(from: header + 2, to: bytes.count, by: bytes.count / 7)
    for place in places {
      var damaged = bytes
      damaged[place] ^= 2
      try damaged.write(to: URL(filePath: state.path))
      var notes: [String] = []
      var steps: [Int] = []
      let delta = try TrainingState.startingAnew({ notes.append($0) }) {
        try method.unlearn(try job(state: state) { steps.append($0.step) })
      }
      #expect(steps == Array(0..<12), "byte \(place)")
      #expect(notes.count == 1 && notes[0].contains(state.path), "\(notes)")
      try expectSame(whole, delta)
    }
  }

  /// Nobody's own file is taken for a damaged state and removed.
  @Test(arguments: [true, false]) func anotherFileIsNotRemoved(isModel: Bool) throws {
    let folder = try TemporaryFolder()
    let path = try folder.write("file", "a text")
    if isModel {
      try FileManager.default.removeItem(atPath: path)
      try SafetensorsWriter.write(
        MemoryCheckpoint([("w", [2], [1, 2])]), to: path
      ) { _ in .float32 }
    }
    let before = try Data(contentsOf: URL(filePath: path))
    let method = try method("task_vector_negation", quick)
    #expect(throws: TrainingStateError.self) {
      try TrainingState.startingAnew(isOurs: false, { _ in }) {
        try method.unlearn(try job(state: TrainingStateFile(path: path, interval: 3)))
      }
    }
    #expect(try Data(contentsOf: URL(filePath: path)) == before)
  }

  /// As earlier versions wrote it.
  @Test func aStateWithoutChecksumIsTakenUp() throws {
    let method = try method("task_vector_negation", quick)
    let folder = try TemporaryFolder()
    let state = TrainingStateFile(path: "\(folder.path)/state.safetensors", interval: 3)
    struct Interruption: Error {}
    #expect(throws: Interruption.self) {
      _ = try method.unlearn(try job(state: state) { if $0.step == 6 { throw Interruption() } })
    }
    let file = try SafetensorsFile(path: state.path)
    var metadata = file.metadata
    #expect(metadata.removeValue(forKey: "check")?.count == 64)
    try SafetensorsWriter.write(file, to: state.path, metadata: metadata) { _ in .float32 }
    var steps: [Int] = []
    _ = try method.unlearn(try job(state: state) { steps.append($0.step) })
    #expect(steps.first == 6)
  }

  @Test func nonFiniteLossKeepsTheLastGoodState() throws {
    let folder = try TemporaryFolder()
    let state = TrainingStateFile(path: "\(folder.path)/state.safetensors", interval: 1)
    let settings = [
      "training.learningRate=1e30", "training.schedule=constant", "training.epochs=4",
      "training.accumulation=1", "training.batchSize=3",
    ]
    var steps: [Int] = []
    #expect(throws: UnlearningError.self) {
      _ = try method("gradient_ascent", settings).unlearn(
        try job(state: state) { steps.append($0.step) })
    }
    #expect(steps == [0])
    let file = try SafetensorsFile(path: state.path)
    #expect(file.metadata["steps"] == "1")
    for tensor in file.tensors {
      let values = try file.tensor(tensor.name)
      #expect(values.elements.allSatisfy { $0.isFinite }, "\(tensor.name)")
    }
  }

  private func expectSame(_ first: ParameterDelta, _ second: ParameterDelta) throws {
    #expect(first.checkpoint.tensors.map(\.name) == second.checkpoint.tensors.map(\.name))
    for tensor in first.checkpoint.tensors {
      let (a, b) = (
        try first.checkpoint.tensor(tensor.name), try second.checkpoint.tensor(tensor.name)
      )
      #expect(a.values == b.values, "\(tensor.name)")
    }
  }

  /// Only what follows the prompt counts.
  @Test func completionOnly() throws {
    var losses: [String: Double] = [:]
    for kind in ["all", "completion"] {
      var job = try job(forget: [Self.forget[0]]) { losses[kind] = $0.forgetLoss }
      job.forget[0].completionStarts = [5]
      _ = try method(
        "task_vector_negation",
        ["training.loss=\(kind)", "training.maximumSteps=1", "training.dropout=0"]
      ).unlearn(job)
    }
    let folder = try ModelDirectory.open(Fixtures.path("goldens/tiny-llama"))
    let network = try DecoderNetwork(
      configuration: folder.configuration, base: folder.checkpoint, training: .all,
      random: RandomSource(seed: 0))
    let batch = NextTokenBatch([Self.forget[0]], weights: [[0, 0, 0, 0, 0, 1, 1]])
    expectClose(
      try #require(losses["completion"]), try network.trainNextToken(batch, scale: 0.5),
      absolute: 1e-5)
    #expect(losses["all"] != losses["completion"])
  }

  @Test(arguments: [
    ("task_vector_negation", "training.rank=0", "training.rank"),
    ("task_vector_negation", "training.targets=[]", "training.targets"),
    ("task_vector_negation", "training.dropout=1", "training.dropout"),
    ("task_vector_negation", "training.optimizer=sgd", "training.optimizer"),
    ("task_vector_negation", "training.lerningRate=1", "training.learningRate"),
    ("task_vector_negation", "preset=zephyr", "spunge-zephyr"),
    ("npo", "beta=0", "beta"), ("simnpo", "retain.kind=kl", "retain.kind"),
    ("gradient_difference", "retain.kind=none", "gradient_ascent"),
  ])
  func badSettings(name: String, setting: String, fragment: String) throws {
    let error = try #require(throws: SettingsError.self) { try method(name, [setting]) }
    #expect(error.description.contains(fragment), "\(error)")
  }

  @Test func presetsLieBelowWhatIsGiven() throws {
    let made = try method(
      "task_vector_negation", ["preset=spunge-llama2", "training.learningRate=0.5"])
    let method = try #require(made as? TaskVectorNegation)
    #expect(method.training.rank == 64 && method.training.alpha == 64)
    #expect(method.training.targets.count == 6 && method.training.learningRate == 0.5)
    #expect(method.training.dropout == 0.01 && method.training.optimizer == .adam)
    for entry in unlearningMethods.entries {
      for preset in entry.presets {
        _ = try unlearningMethods.method(entry.card.name, assignments: ["preset=\(preset.name)"])
      }
    }
  }

  @Test func emptyAndForeignData() throws {
    let tvn = try method("task_vector_negation", quick)
    #expect(throws: UnlearningError.noText(part: "part", corpus: "forget")) {
      _ = try tvn.unlearn(try job(forget: [[5]]))
    }
    #expect(throws: UnlearningError.tokenOutOfRange(part: "part", token: 512, vocabulary: 512)) {
      _ = try tvn.unlearn(try job(forget: [[5, 512]]))
    }
    let held = try method("npo", ["retain.kind=hidden_state", "retain.layer=4"])
    #expect(throws: UnlearningError.layerOutOfRange(4, count: 4)) {
      _ = try held.unlearn(try job())
    }
  }
}
