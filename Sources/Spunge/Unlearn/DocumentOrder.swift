import LanguageModels
import Tensors

/// Documents ready to train on, and which of them each step takes.
///
/// A pure function of the step, so that a resumed run takes the same documents.
struct DocumentOrder {
  /// Token ids, and for each token whether it counts as a target.
  private let rows: [[Int32]]
  private let weights: [[Float]]
  private let settings: FineTuning
  private let random: RandomSource

  /// - Parameter endID: what `appendEnd` puts behind every document.
  init(_ corpora: [TokenCorpus], _ settings: FineTuning, endID: Int32?, random: RandomSource) {
    var (rows, weights): ([[Int32]], [[Float]]) = ([], [])
    for corpus in corpora {
      for (ids, start) in zip(corpus.rows, corpus.completionStarts) {
        var ids = ids
        if settings.appendEnd, let endID { ids.append(endID) }
        ids = Array(ids.prefix(settings.maximumTokens))
        let first = settings.loss == .completion ? start : 0
        let counted = ids.indices.map { Float($0 >= first ? 1 : 0) }
        guard counted.dropFirst().contains(1) else { continue }
        rows.append(ids)
        weights.append(counted)
      }
    }
    self.rows = rows
    self.weights = weights
    self.settings = settings
    self.random = random
  }

  var isEmpty: Bool { rows.isEmpty }
  /// Tokens of the longest document.
  var longest: Int { rows.map(\.count).max() ?? 0 }
  /// Tokens of the largest batch that can come up.
  ///
  /// - Parameter isCycled: whether a batch goes round the documents where there are fewer than it holds.
  func mostTokens(isCycled: Bool) -> Int {
    let lengths = rows.map(\.count).sorted(by: >)
    let rounds = isCycled && !rows.isEmpty ? settings.batchSize / rows.count : 0
    let rest = rounds > 0 ? settings.batchSize % rows.count : settings.batchSize
    return rounds * lengths.reduce(0, +) + lengths.prefix(rest).reduce(0, +)
  }
  private var batchesPerEpoch: Int {
    (rows.count + settings.batchSize - 1) / settings.batchSize
  }
  private var stepsPerEpoch: Int {
    (batchesPerEpoch + settings.accumulation - 1) / settings.accumulation
  }

  /// Steps of the whole run.
  var steps: Int {
    let most = settings.maximumSteps == 0 ? Int.max : settings.maximumSteps
    return min(stepsPerEpoch * settings.epochs, most)
  }

  /// The batches of a step; an epoch's last ones may be smaller.
  func batches(step: Int) -> [NextTokenBatch] {
    let order = order(epoch: step / stepsPerEpoch)
    let first = step % stepsPerEpoch * settings.accumulation
    return (first..<min(first + settings.accumulation, batchesPerEpoch)).map { batch in
      let start = batch * settings.batchSize
      return self.batch(order[start..<min(start + settings.batchSize, rows.count)])
    }
  }

  /// As many batches of the same size for every step, going round the documents as often as needed.
  func cycledBatches(step: Int, count: Int) -> [NextTokenBatch] {
    var orders: [Int: [Int]] = [:]
    return (0..<count).map { batch in
      let start = (step * settings.accumulation + batch) * settings.batchSize
      return self.batch(
        (start..<start + settings.batchSize).map { position in
          let epoch = position / rows.count
          let order = orders[epoch] ?? self.order(epoch: epoch)
          orders[epoch] = order
          return order[position % rows.count]
        })
    }
  }

  private func batch(_ indices: some Sequence<Int>) -> NextTokenBatch {
    let chosen = Array(indices)
    return NextTokenBatch(chosen.map { rows[$0] }, weights: chosen.map { weights[$0] })
  }

  private func order(epoch: Int) -> [Int] {
    guard settings.shuffle else { return Array(rows.indices) }
    var source = random.child(named: "epoch/\(epoch)")
    return rows.indices.shuffled(using: &source)
  }

  /// A number that other documents, in all likelihood, do not have.
  var fingerprint: UInt64 {
    var print = Fingerprint()
    for (ids, counted) in zip(rows, weights) {
      print.add(ids)
      for weight in counted { print.add(weight.bitPattern) }
    }
    return print.value
  }
}
