import Foundation
import LanguageModels
import Tensors

/// A part of the forget data, tokenised, with a digest of its ids.
struct TokenPart {
  let name: String
  let corpus: TokenCorpus
  let digest: String
}

/// All that unlearning reads.
struct UnlearningData {
  let parts: [TokenPart]
  /// The documents of `parts` in as many parts drawn at random; none where they are not asked for.
  let random: [TokenPart]
  let retain: TokenPart
}

extension SpungePipeline {
  /// Opens the base model and notes its digest.
  func base(_ book: RunBook) throws -> BaseModel {
    let directory = try ModelDirectory.open(experiment.model.expanded)
    try directory.checkpoint.requireFinite()
    for remark in directory.remarks { try book.warn(remark) }
    let digests = FileDigests(work: paths.work, progress: context.progress)
    for file in directory.sourceFiles {
      let digest = try digests.digest(of: file)
      let written = file.replacingOccurrences(
        of: experiment.model.expanded, with: experiment.model.written)
      try book.add(Manifest.Input(role: "base", path: written, sha256: digest))
    }
    var loaded: (any Tokenizer)?
    return BaseModel(directory: directory, digest: try digests.digest(of: directory)) {
      let tokenizer = try loaded ?? TokenizerLoader.load(directory)
      loaded = tokenizer
      return tokenizer
    }
  }

  /// Algorithm 1, lines 1 and 2: the forget data by attribute value, processed; and what every part is to retain.
  func unlearningData(_ base: BaseModel, _ book: RunBook) throws -> UnlearningData {
    let (documents, dropped) = try forgetDocuments()
    let split = try split(documents, base)
    let (retained, empty) = try retainDocuments()
    try noteInputs(experiment.forget, role: "forget", book)
    try noteInputs(experiment.splitClassifier.map { [$0] } ?? [], role: "split classifier", book)
    try noteInputs(experiment.retain, role: "retain", book)
    if dropped > 0 { try book.warn("forget data: \(dropped) empty documents left out") }
    if empty > 0 { try book.warn("retain data: \(empty) empty documents left out") }
    for (reason, count) in split.dropped.sorted(by: { $0.key < $1.key }) {
      try book.warn("split: \(count) documents left out: \(reason)")
    }
    try book.add(
      Manifest.Step(
        name: "split", key: "", reused: false, seconds: 0,
        figures: split.dropped.reduce(into: [
          "documents": Double(documents.count), "parts": Double(split.parts.count),
          "retained": Double(split.retained.count), "empty": Double(dropped),
        ]) { $0["left out: \($1.key)"] = Double($1.value) }))
    let data = try unlearningData(of: split, retained: retained, base)
    for part in data.parts + data.random {
      try book.add(
        Manifest.Step(
          name: "split / \(part.name)", key: part.digest, reused: false, seconds: 0,
          figures: [
            "documents": Double(part.corpus.rows.count),
            "tokens": Double(part.corpus.rows.reduce(0) { $0 + $1.count }),
          ]))
    }
    return data
  }

  /// - Parameter retained: the documents of the retain files; those that the split retained come behind them.
  func unlearningData(
    of split: Split, retained: [ForgetDocument], _ base: BaseModel
  ) throws -> UnlearningData {
    let random =
      experiment.sources.contains(.control) ? try randomParts(of: split.parts) : []
    return UnlearningData(
      parts: try split.parts.map { try tokens($0.documents, name: $0.name, base, forget: true) },
      random: try random.map { try tokens($0.documents, name: $0.name, base, forget: true) },
      retain: try tokens(retained + split.retained, name: "retain", base))
  }

  func forgetDocuments() throws -> (documents: [ForgetDocument], dropped: Int) {
    try CorpusFile.read(experiment.forget.map { URL(fileURLWithPath: $0.expanded) })
  }

  /// The documents of `parts` in as many parts drawn at random.
  func randomParts(of parts: [ForgetPart]) throws -> [ForgetPart] {
    var control = RandomParts()
    control.parts = parts.count
    try control.validateAll()
    var drawing = SplitContext(random: context.random.child(named: "control"))
    return try control.split(parts.flatMap(\.documents), in: &drawing).parts
  }

  /// The parts of the forget data.
  func split(_ documents: [ForgetDocument], _ base: BaseModel) throws -> Split {
    var splitting = SplitContext(
      random: context.random.child(named: "split"),
      labels: experiment.splitClassifier.map { folder in
        { try DocumentLabels(try openClassifier(folder.expanded)).labels($0) }
      },
      embeddings: { documents in
        try DocumentEmbeddings(
          base.directory, tokenizer: try base.tokenizer(), engine: context.engine
        ).vectors(documents)
      })
    return try experiment.processing.split(
      documents, by: experiment.splitter, in: &splitting)
  }

  /// The documents of the retain files; none where the experiment has no such files.
  func retainDocuments() throws -> (documents: [ForgetDocument], dropped: Int) {
    guard !experiment.retain.isEmpty else { return ([], 0) }
    return try CorpusFile.read(experiment.retain.map { URL(fileURLWithPath: $0.expanded) })
  }

  private func tokens(
    _ documents: [ForgetDocument], name: String, _ base: BaseModel, forget: Bool = false
  ) throws -> TokenPart {
    let corpus = try TokenCorpus(
      name: name, documents: documents,
      alternateColumn: forget ? experiment.unlearning.alternateColumn : nil,
      tokenizer: base.tokenizer)
    let ids = corpus.rows.indices.flatMap(corpus.texts).map { text in
      text.ids.map { String($0) }.joined(separator: " ")
        + (text.completionStart > 0 ? " from \(text.completionStart)" : "")
    }
    let key = StepKey(
      step: name, version: 1, settings: ids.joined(separator: "\n"), inputs: [:])
    return TokenPart(name: name, corpus: corpus, digest: key.digest)
  }

  func noteInputs(_ files: [ExperimentPath], role: String, _ book: RunBook) throws {
    let digests = FileDigests(work: paths.work, progress: context.progress)
    for file in files {
      try book.add(
        Manifest.Input(
          role: role, path: file.written, sha256: try digests.digest(of: file.expanded)))
    }
  }
}

extension SpungePipeline {
  /// Everything that unlearning `parts` together depends on.
  func unlearningKey(
    _ parts: [TokenPart], retain: TokenPart, name: String, products: ComputeType,
    _ base: BaseModel
  ) throws -> StepKey {
    let method = experiment.unlearning
    var inputs = ["base": base.digest, "retain": retain.digest]
    for (index, part) in parts.enumerated() { inputs["forget\(index)"] = part.digest }
    if products == .bfloat16 { inputs["bfloat16"] = BFloat16Products.current.rawValue }
    let digests = FileDigests(work: paths.work)
    for file in method.inputFiles { inputs["file \(file)"] = try digests.digest(of: file) }
    return StepKey(
      step: "unlearn/\(name)", version: method.card.version,
      settings: "\(method.card.name)\n\(try method.resolvedYAML())seed: \(experiment.seed)",
      inputs: inputs)
  }
}

/// Unlearns parts and merges them, or finds both done.
struct UnlearningStage {
  private let pipeline: SpungePipeline
  private let base: BaseModel
  private let retain: TokenPart
  private let book: RunBook
  private let cache: StepCache

  init(_ pipeline: SpungePipeline, base: BaseModel, retain: TokenPart, book: RunBook) {
    self.pipeline = pipeline
    self.base = base
    self.retain = retain
    self.book = book
    cache = StepCache(work: pipeline.paths.work, progress: pipeline.context.progress)
  }

  /// Algorithm 1, line 3: unlearns the parts of a run together, one domain each.
  func unlearn(_ run: SpungePipeline.PlannedUnlearning) throws -> Weights {
    let method = pipeline.experiment.unlearning
    let digests = FileDigests(work: pipeline.paths.work)
    for file in method.inputFiles {
      try book.add(
        Manifest.Input(role: "unlearn", path: file, sha256: try digests.digest(of: file)))
    }
    let provenance = try Provenance(
      step: "unlearn", method: method, seed: pipeline.experiment.seed,
      inputs: run.parts.map { .init(role: "forget", path: $0.name, sha256: $0.digest) }
        + [.init(role: "retain", path: retain.name, sha256: retain.digest)])
    return try step(run.key, provenance, resuming: true) { folder in
      try train(run, folder: folder).checkpoint
    }
  }

  private func train(
    _ run: SpungePipeline.PlannedUnlearning, folder: String
  ) throws -> ParameterDelta {
    let (context, method) = (pipeline.context, pipeline.experiment.unlearning)
    let log = try UnlearningLog(folder: folder, progress: context.progress)
    var job = run.job
    job.report = { step in
      try log.put(step)
      context.progress.report(
        step: "unlearn \(run.name)", done: step.step + 1, total: step.steps, unit: "steps")
    }
    job.state = TrainingStateFile(path: log.state, interval: context.stateInterval)
    job.identity = try [base.digest, method.card.name, method.resolvedYAML()]
      .joined(separator: "\n")
    let training = job
    let delta = try TrainingState.startingAnew(context.progress.note) {
      try run.plan.run(training)
    }
    try log.finish()
    return delta
  }

  /// Algorithm 1, lines 3–5: the parts, each unlearned for itself, as one model.
  func merge(_ runs: [SpungePipeline.PlannedUnlearning]) throws -> Weights {
    let parts = try runs.map(unlearn)
    let (method, order) = (pipeline.experiment.merge, pipeline.experiment.mergeOrder)
    var inputs: [String: String] = ["base": base.digest]
    for (index, part) in parts.enumerated() { inputs["part\(index)"] = part.digest }
    let key = StepKey(
      step: "merge", version: method.card.version,
      settings: "\(method.card.name)\n\(try method.resolvedYAML())order: \(order.rawValue)",
      inputs: inputs)
    let provenance = try Provenance(
      step: "merge", method: method,
      inputs: parts.map {
        .init(role: "part", path: $0.delta?.name ?? "", sha256: $0.digest)
      })
    return try step(key, provenance) { _ in
      try CheckpointMerger(base: base.directory.checkpoint, method: method, order: order)
        .delta(parts.compactMap(\.delta)).checkpoint
    }
  }

  /// The base plus a step's delta, made now or found from before; its folder is an overlay.
  private func step(
    _ key: StepKey, _ provenance: Provenance, resuming: Bool = false,
    make: (_ folder: String) throws -> any Checkpoint
  ) throws -> Weights {
    let started = ContinuousClock.now
    let file = "\(cache.folder(key))/\(ModelOverlay.deltaName)"
    // Another point of a grid may be at work on it in a process of its own.
    let made = try cache.take(key, resuming: resuming)
    let reused = made == nil
    if let step = made {
      try SafetensorsWriter.write(try make(step.folder), to: file) { _ in .float32 }
      let digests = FileDigests(work: pipeline.paths.work)
      try ModelOverlay.write(
        ModelOverlay.Record(
          base: try ModelOverlay.base(base.directory, digests: digests),
          changes: ModelOverlay.deltaName, provenance: provenance),
        to: step.folder)
      try step.finish()
    }
    let delta: ParameterDelta
    let sum: SumCheckpoint
    do {
      delta = ParameterDelta(name: key.step, checkpoint: try SafetensorsFile(path: file))
      sum = try SumCheckpoint(base: base.directory.checkpoint, delta: delta)
    } catch {
      throw DamagedStepError(folder: cache.folder(key), cause: error)
    }
    if !reused { try sum.checkAllFinite() }
    try book.add(
      Manifest.Step(
        name: key.step, key: key.digest, reused: reused,
        seconds: (ContinuousClock.now - started) / .seconds(1)))
    return Weights(
      checkpoint: sum, digest: key.digest, delta: delta, base: base.directory.checkpoint)
  }
}
