import LanguageModels
import Tensors

/// Training documents and their assignment to steps.
///
/// The assignment is a pure function of the step, so that a resumed run uses the same documents.
struct DocumentOrder {
  private let corpora: [TokenCorpus]
  /// Documents with at least one target token: corpus and row.
  private let documents: [(corpus: Int, row: Int)]
  private let settings: FineTuning
  private let endID: TokenID?
  private let random: RandomSource

  /// - Parameter endID: the token that `appendEnd` appends to every document.
  init(_ corpora: [TokenCorpus], _ settings: FineTuning, endID: TokenID?, random: RandomSource) {
    self.corpora = corpora
    self.settings = settings
    self.endID = settings.appendEnd ? endID : nil
    self.random = random
    var documents: [(corpus: Int, row: Int)] = []
    for (place, corpus) in corpora.enumerated() {
      for (row, ids) in corpus.rows.enumerated() {
        let count = min(ids.count + (self.endID == nil ? 0 : 1), settings.maximumTokens)
        // The first token is never a target.
        let start = settings.loss == .completion ? corpus.completionStarts[row] : 0
        if max(1, start) < count { documents.append((place, row)) }
      }
    }
    self.documents = documents
  }

  /// Token ids of a document, and a weight for each as a target.
  private func document(_ index: Int) -> (ids: [TokenID], weights: [Float]) {
    let (corpus, row) = documents[index]
    var ids = corpora[corpus].rows[row]
    if let endID { ids.append(endID) }
    if ids.count > settings.maximumTokens { ids = Array(ids.prefix(settings.maximumTokens)) }
    let first = settings.loss == .completion ? corpora[corpus].completionStarts[row] : 0
    return (ids, ids.indices.map { $0 >= first ? 1 : 0 })
  }

  private func count(_ index: Int) -> Int {
    let (corpus, row) = documents[index]
    return min(
      corpora[corpus].rows[row].count + (endID == nil ? 0 : 1), settings.maximumTokens)
  }

  var isEmpty: Bool { documents.isEmpty }
  /// Number of tokens in the longest document.
  var longest: Int { documents.indices.map(count).max() ?? 0 }
  /// Maximum number of tokens in a batch.
  ///
  /// - Parameter isCycled: whether a batch larger than the number of documents repeats them.
  func mostTokens(isCycled: Bool) -> Int {
    let lengths = documents.indices.map(count).sorted(by: >)
    let rounds = isCycled && !documents.isEmpty ? settings.batchSize / documents.count : 0
    let rest = rounds > 0 ? settings.batchSize % documents.count : settings.batchSize
    return rounds * lengths.reduce(0, +) + lengths.prefix(rest).reduce(0, +)
  }
  private var batchesPerEpoch: Int {
    (documents.count + settings.batchSize - 1) / settings.batchSize
  }
  private var stepsPerEpoch: Int {
    (batchesPerEpoch + settings.accumulation - 1) / settings.accumulation
  }

  /// Total number of steps.
  var steps: Int {
    let most = settings.maximumSteps == 0 ? Int.max : settings.maximumSteps
    return min(stepsPerEpoch * settings.epochs, most)
  }

  /// The batches of a step; the last ones of an epoch may be smaller.
  func batches(step: Int) -> [NextTokenBatch] {
    let order = order(epoch: step / stepsPerEpoch)
    let first = step % stepsPerEpoch * settings.accumulation
    return (first..<min(first + settings.accumulation, batchesPerEpoch)).map { batch in
      let start = batch * settings.batchSize
      return self.batch(order[start..<min(start + settings.batchSize, documents.count)])
    }
  }

  /// The same number of equally large batches for every step, cycling through the documents as often as needed.
  func cycledBatches(step: Int, count: Int) -> [NextTokenBatch] {
    var orders: [Int: [Int]] = [:]
    return (0..<count).map { batch in
      let start = (step * settings.accumulation + batch) * settings.batchSize
      return self.batch(
        (start..<start + settings.batchSize).map { position in
          let epoch = position / documents.count
          let order = orders[epoch] ?? self.order(epoch: epoch)
          orders[epoch] = order
          return order[position % documents.count]
        })
    }
  }

  private func batch(_ indices: some Sequence<Int>) -> NextTokenBatch {
    let chosen = indices.map(document)
    return NextTokenBatch(chosen.map(\.ids), weights: chosen.map(\.weights))
  }

  private func order(epoch: Int) -> [Int] {
    guard settings.shuffle else { return Array(documents.indices) }
    var source = random.child(named: "epoch/\(epoch)")
    return documents.indices.shuffled(using: &source)
  }

  /// A hash that identifies the documents.
  var fingerprint: UInt64 {
    var print = Fingerprint()
    for (ids, weights) in documents.indices.lazy.map(document) {
      print.add(ids)
      for weight in weights { print.add(weight.bitPattern) }
    }
    return print.value
  }
}
