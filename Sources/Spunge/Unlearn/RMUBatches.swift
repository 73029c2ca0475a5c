import LanguageModels
import Tensors

/// The batches of an RMU run in WMDP's order, made on demand.
struct RMUBatches {
  private let forget: [Texts]
  /// One for all domains, or one per domain.
  private let retain: [Texts]
  let stepsPerEpoch: Int

  /// Consecutive batches of a corpus; a last, incomplete one is kept.
  private struct Texts {
    let rows: [[TokenID]]
    let size: Int
    /// Maximum text length in tokens.
    let length: Int

    var count: Int { (rows.count + size - 1) / size }
    func rows(_ batch: Int) -> ArraySlice<[TokenID]> {
      rows[batch * size..<min((batch + 1) * size, rows.count)]
    }
    func batch(_ index: Int) -> TokenBatch {
      TokenBatch(rows(index).map { Array($0.prefix(length)) })
    }
    var longest: Int { rows.reduce(0) { max($0, min($1.count, length)) } }
    var mostTokens: Int {
      (0..<count).reduce(0) { most, batch in
        max(most, rows(batch).reduce(0) { $0 + min($1.count, length) })
      }
    }
  }

  init(_ method: RMU, forget: [TokenCorpus], retain: [TokenCorpus]) {
    let lengths = method.forgetTokens
    self.forget = forget.enumerated().map { index, corpus in
      Texts(
        rows: corpus.rows, size: method.batchSize, length: lengths[min(index, lengths.count - 1)])
    }
    self.retain = retain.map {
      Texts(rows: $0.rows, size: method.batchSize, length: method.retainTokens)
    }
    let shortest = (self.forget + self.retain).map(\.count).min() ?? 0
    stepsPerEpoch = min(method.maximumBatches, forget.count * shortest)
  }

  /// Number of tokens in the longest sequence.
  var longest: Int { (forget + retain).map(\.longest).max() ?? 1 }
  /// Maximum number of tokens in a batch.
  var mostTokens: Int { (forget + retain).map(\.mostTokens).max() ?? 0 }

  /// Whose batch a step takes.
  func domain(_ step: Int) -> Int { step % stepsPerEpoch % forget.count }

  /// As in `rmu/unlearn.py`, step `i` of an epoch uses domain `i mod T` and batch `i / T`.
  func batches(_ step: Int) -> (domain: Int, forget: TokenBatch, retain: TokenBatch) {
    let index = step % stepsPerEpoch
    let domain = domain(step)
    return (
      domain, forget[domain].batch(index / forget.count),
      retain[retain.count == 1 ? 0 : domain].batch(index / forget.count)
    )
  }
}

extension RMU {
  /// One steering vector per domain: components uniform on [0, 1), scaled to the coefficient's norm.
  func steeringVectors(_ job: UnlearningJob) throws -> [[Float]] {
    let width = job.configuration.hiddenSize
    guard controlVectors.isEmpty else {
      return try Self.readVectors(controlVectors, domains: job.forget.count, width: width)
    }
    return job.forget.enumerated().map { index, corpus in
      var random = job.random.child(named: "control/\(corpus.name)")
      let raw = (0..<width).map { _ in Float.random(in: 0..<1, using: &random) }
      let length = raw.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
      let coefficient = steeringCoefficients[steeringCoefficients.count == 1 ? 0 : index]
      return raw.map { Float(Double($0) / length * coefficient) }
    }
  }

  private static func readVectors(_ path: String, domains: Int, width: Int) throws -> [[Float]] {
    let file = try SafetensorsFile(path: path)
    guard
      let name = ["control_vectors", "rmu/control_vectors"].first(where: {
        file.description(of: $0) != nil
      })
    else {
      throw UnlearningError.controlVectors(file: path, reason: "no tensor 'control_vectors'")
    }
    let tensor = try file.tensor(name)
    guard tensor.columns == width, tensor.rows == domains else {
      throw UnlearningError.controlVectors(
        file: path,
        reason: "shape \(tensor.shape) does not fit \(domains) domains of width \(width)")
    }
    return (0..<domains).map { Array(tensor.elements[$0 * width..<($0 + 1) * width]) }
  }
}
