import Foundation
import LanguageModels
import Tensors
import TestSupport
import Testing

@testable import Spunge

/// Methods against the same runs by their definitions in torch, made by `Tests/Scripts/unlearning-golden.py`.
@Suite struct UnlearningGoldenTests {
  private static let reference = "goldens/reference.safetensors"
  private let fixture: [String: Any]

  init() throws { fixture = try Fixtures.json("goldens/unlearning.json") }

  /// Texts with the index of the first token that counts.
  private func texts(_ name: String) throws -> [TokenCorpus.Text] {
    try #require(fixture[name] as? [[Any]]).map { pair in
      TokenCorpus.Text(
        ids: try #require(pair[0] as? [Int]).map { Int32($0) },
        completionStart: try #require(pair[1] as? Int))
    }
  }

  private func corpus(_ name: String, alternates: String? = nil) throws -> TokenCorpus {
    let texts = try texts(name)
    return TokenCorpus(
      name: name, rows: texts.map(\.ids), completionStarts: texts.map(\.completionStart),
      alternates: try alternates.map(self.texts))
  }

  /// The batches of RMU's reference, one corpus for each domain.
  private func domains(_ name: String) throws -> [TokenCorpus] {
    // [domain, batch, rows, tokens]
    let (shape, values) = try Fixtures.integers(Self.reference, name)
    let rows = values.count / shape[0] / shape[3]
    return (0..<shape[0]).map { domain in
      TokenCorpus(
        name: "domain\(domain)",
        rows: (0..<rows).map { row in
          let first = (domain * rows + row) * shape[3]
          return values[first..<first + shape[3]].map { Int32($0) }
        })
    }
  }

  private func job(
    _ method: String, _ report: @escaping (UnlearningStep) throws -> Void = { _ in }
  ) throws -> UnlearningJob {
    let folder = try ModelDirectory.open(Fixtures.path("goldens/tiny-llama"))
    let isRMU = method == "adaptive_rmu"
    return UnlearningJob(
      name: "golden", configuration: folder.configuration, base: folder.checkpoint,
      forget: isRMU
        ? try domains("rmu/forget_batches")
        : [try corpus("forget", alternates: method == "dpo" ? "alternate" : nil)],
      retain: isRMU ? try domains("rmu/retain_batches") : [try corpus("retain")],
      random: RandomSource(seed: 1), report: report)
  }

  private func method(_ run: String) throws -> (any UnlearningMethod, golden: [String: Any]) {
    let golden = try #require((fixture["runs"] as? [String: [String: Any]])?[run])
    let name = try #require(run.split(separator: " ").first.map(String.init))
    var settings = try #require(golden["settings"] as? [String])
    if name == "adaptive_rmu" { settings.append("controlVectors=\(Fixtures.path(Self.reference))") }
    return (try unlearningMethods.method(name, assignments: settings), golden)
  }

  private static let runs = [
    "adaptive_rmu", "undial", "wga", "satimp", "ceu", "dpo", "pdu", "pdu rising", "pdu epochs",
  ]

  /// Losses and gradients of every step, and how weights changed.
  @Test(arguments: runs) func equalsTheDefinition(run: String) throws {
    let (method, golden) = try method(run)
    let expected = try #require(golden["steps"] as? [[String: Double]])
    var steps: [UnlearningStep] = []
    let delta = try method.unlearn(try job(type(of: method).card.name) { steps.append($0) })
    #expect(steps.count == expected.count)
    for (step, values) in zip(steps, expected) {
      func close(_ actual: Double?, _ key: String, relative: Double) throws {
        expectClose(
          try #require(actual), try #require(values[key]), absolute: 1e-7, relative: relative,
          "\(run), step \(step.step), \(key)")
      }
      // Later steps carry on the rounding of float32 in the steps before them.
      let slack = step.step == 0 ? 1.0 : 10
      try close(step.forgetLoss, "forget", relative: 1e-5 * slack)
      try close(step.retainLoss, "retain", relative: 1e-5 * slack)
      try close(step.gradientNorm, "norm", relative: 1e-4 * slack)
    }
    let changes = try #require(golden["changes"] as? [String: [String: Any]])
    #expect(changes.count >= 2)
    for (name, change) in changes {
      let actual = try delta.checkpoint.tensor(name).values
      expectClose(
        actual.reduce(0) { $0 + Double($1) * Double($1) }.squareRoot(),
        try #require(change["norm"] as? Double), absolute: 1e-6, relative: 1e-3, "\(run) \(name)")
      let (stride, values) = (
        try #require(change["stride"] as? Int), try #require(change["values"] as? [Double])
      )
      let size = values.reduce(0) { $0 + $1 * $1 }.squareRoot()
      let difference = values.enumerated().reduce(0) { sum, value in
        let difference = Double(actual[value.offset * stride]) - value.element
        return sum + difference * difference
      }.squareRoot()
      // A change is the difference of two float32 numbers: near 1 they are 6e-8 apart.
      let rounding = 1e-7 * Double(values.count).squareRoot()
      #expect(
        difference <= 1e-3 * size + rounding, "\(run) \(name): \(difference) of \(size)")
    }
  }

  /// What is measured once steers all later steps.
  @Test func coefficientsOfAdaptiveRMU() throws {
    let (method, golden) = try method("adaptive_rmu")
    let expected = try #require(golden["coefficients"] as? [Double])
    let vectors = try SafetensorsFile(path: Fixtures.path(Self.reference))
    let name = try #require(
      ["control_vectors", "rmu/control_vectors"].first { vectors.description(of: $0) != nil })
    let directions = try vectors.tensor(name)
    var norms: [Double?] = []
    _ = try method.unlearn(try job("adaptive_rmu") { norms.append($0.steeringNorm) })
    #expect(norms.prefix(2) == [nil, nil])
    for (step, norm) in norms.enumerated().dropFirst(2) {
      let width = directions.columns
      let direction = directions.elements[step % 2 * width..<(step % 2 + 1) * width]
      let length = direction.reduce(0) { $0 + Double($1) * Double($1) }.squareRoot()
      expectClose(try #require(norm), expected[step % 2] * length, absolute: 0, relative: 1e-5)
    }
  }

  /// A run that stops after any of its steps ends with the bits of one that does not: what it found is in its state.
  @Test(arguments: runs, [1, 2]) func resumes(run: String, after: Int) throws {
    let (method, _) = try method(run)
    let name = type(of: method).card.name
    let whole = try method.unlearn(try job(name))
    let folder = try TemporaryFolder()
    struct Interruption: Error {}
    var stopped = try job(name) { if $0.step == after { throw Interruption() } }
    stopped.state = TrainingStateFile(path: "\(folder.path)/state.safetensors", interval: 1)
    let interrupted = stopped
    #expect(throws: Interruption.self) { _ = try method.unlearn(interrupted) }
    var first: Int?
    var rest = try job(name) { first = first ?? $0.step }
    rest.state = stopped.state
    let resumed = try method.unlearn(rest)
    #expect(first == after)
    #expect(whole.checkpoint.tensors.map(\.name) == resumed.checkpoint.tensors.map(\.name))
    for tensor in whole.checkpoint.tensors {
      #expect(
        try whole.checkpoint.tensor(tensor.name).values
          == resumed.checkpoint.tensor(tensor.name).values, "\(run) \(tensor.name)")
    }
  }
}
