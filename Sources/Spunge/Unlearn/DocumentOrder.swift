import LanguageModels
import Tensors

/// Training documents and their assignment to steps.
///
/// The assignment is a pure function of the step, so that a resumed run uses the same documents.
struct DocumentOrder {
  private let corpora: [TokenCorpus]
  /// Documents in which something counts: corpus and row.
  private var documents: [(corpus: Int, row: Int)]
  private let settings: FineTuning
  private let endID: TokenID?
  private let random: RandomSource

  /// - Parameter endID: the token that `appendEnd` appends to every document.
  init(_ corpora: [TokenCorpus], _ settings: FineTuning, endID: TokenID?, random: RandomSource) {
    self.corpora = corpora
    self.settings = settings
    self.endID = settings.appendEnd ? endID : nil
    self.random = random
    documents = []
    documents = corpora.indices.flatMap { corpus in
      corpora[corpus].rows.indices.map { (corpus, $0) }
    }.filter { corpus, row in
      corpora[corpus].texts(row).allSatisfy { max(1, start($0)) < count($0) }
    }
  }

  /// Token ids of a document's texts, and for each token whether it counts as a target.
  private func texts(_ index: Int) -> [(ids: [TokenID], weights: [Float])] {
    let (corpus, row) = documents[index]
    return corpora[corpus].texts(row).map { text in
      var ids = text.ids
      if let endID { ids.append(endID) }
      if ids.count > settings.maximumTokens { ids = Array(ids.prefix(settings.maximumTokens)) }
      let first = start(text)
      return (ids, ids.indices.map { $0 >= first ? 1 : 0 })
    }
  }

  private func start(_ text: TokenCorpus.Text) -> Int {
    settings.loss == .completion ? text.completionStart : 0
  }

  private func count(_ text: TokenCorpus.Text) -> Int {
    min(text.ids.count + (endID == nil ? 0 : 1), settings.maximumTokens)
  }

  private func counts(_ index: Int) -> [Int] {
    let (corpus, row) = documents[index]
    return corpora[corpus].texts(row).map(count)
  }

  var isEmpty: Bool { documents.isEmpty }
  /// Tokens of the longest document.
  var longest: Int { documents.indices.lazy.flatMap(counts).max() ?? 0 }
  /// Tokens of the largest batch that can come up.
  ///
  /// - Parameter isCycled: whether a batch larger than the number of documents repeats them.
  func mostTokens(isCycled: Bool) -> Int {
    let lengths = documents.indices.map { counts($0).reduce(0, +) }.sorted(by: >)
    let rounds = isCycled && !documents.isEmpty ? settings.batchSize / documents.count : 0
    let rest = rounds > 0 ? settings.batchSize % documents.count : settings.batchSize
    return rounds * lengths.reduce(0, +) + lengths.prefix(rest).reduce(0, +)
  }
  private var batchesPerEpoch: Int {
    (documents.count + settings.batchSize - 1) / settings.batchSize
  }
  var stepsPerEpoch: Int {
    (batchesPerEpoch + settings.accumulation - 1) / settings.accumulation
  }

  /// Total number of steps.
  var steps: Int {
    let most = settings.maximumSteps == 0 ? Int.max : settings.maximumSteps
    return min(stepsPerEpoch * settings.epochs, most)
  }

  /// The batches of a step; an epoch's last ones may be smaller. A document's alternate follows it.
  func batches(step: Int) -> [NextTokenBatch] {
    let order = order(epoch: step / stepsPerEpoch)
    let first = step % stepsPerEpoch * settings.accumulation
    return (first..<min(first + settings.accumulation, batchesPerEpoch)).map { batch in
      let start = batch * settings.batchSize
      return self.batch(order[start..<min(start + settings.batchSize, documents.count)])
    }
  }

  /// Batches of a step.
  func batchCount(step: Int) -> Int {
    let first = step % stepsPerEpoch * settings.accumulation
    return min(first + settings.accumulation, batchesPerEpoch) - first
  }

  /// As many batches of the same size for every step, going round the documents as often as needed.
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
    let chosen = indices.flatMap(texts)
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
    for (ids, weights) in documents.indices.lazy.flatMap(texts) {
      print.add(ids)
      for weight in weights { print.add(weight.bitPattern) }
    }
    return print.value
  }
}
