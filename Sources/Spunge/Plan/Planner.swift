import Foundation
import LanguageModels
import Tensors

/// Makes the plans of experiments; what one has in common with the one before is opened, split and tokenised once.
package final class Planner {
  private typealias Corpus = (documents: [ForgetDocument], dropped: Int)

  private typealias Reading = (inputs: RunInputs, forget: Corpus, retain: Corpus)

  private var last: Reading?
  /// Settings of a split → what it made of the corpora.
  private var splits: [String: UnlearningData] = [:]
  private var tokens: [ForgetDocument: TokenCorpus.Text] = [:]

  /// Text to relearn from, by model and name.
  private var attackTexts: [String: TokenPart] = [:]

  package init() {}

  /// Opens, splits and arranges everything, so that what a run would throw before it computes is thrown here.
  ///
  /// Networks are asked only by splits that ask one. Nothing is written but digests of files, into the work folder.
  package func plan(_ pipeline: SpungePipeline) throws -> Plan {
    let experiment = pipeline.experiment
    let reading = try read(pipeline)
    let (inputs, data) = (reading.inputs, try data(pipeline, reading))
    var unlearning: [Experiment.Variant: [PlannedUnlearning]] = [:]
    for variant in experiment.sources where variant != .base {
      let parts = variant == .control ? data.random : data.parts
      let runs = variant == .monolithic ? [parts] : parts.map { [$0] }
      unlearning[variant] = try runs.map {
        try pipeline.planned(
          $0, retain: data.retain, name: variant == .monolithic ? "union" : $0[0].name, inputs.base)
      }
      if variant != .monolithic { try experiment.merge.check(parts: parts.count) }
    }
    return Plan(
      experiment: experiment, inputs: inputs, data: data, unlearning: unlearning,
      transforms: try transforms(pipeline, reading))
  }

  /// What is done to the weights of each recipe, by its row.
  private func transforms(
    _ pipeline: SpungePipeline, _ reading: Reading
  ) throws -> [String: [TransformPlan]] {
    let experiment = pipeline.experiment
    var plans: [String: [TransformPlan]] = [:]
    for recipe in experiment.scored {
      let model = reading.inputs.model(recipe)
      let site = TransformSite(
        configuration: model.directory.configuration, base: model.directory.checkpoint,
        engine: pipeline.context.engine,
        random: pipeline.context.random.child(named: "transform"),
        memory: pipeline.context.memory
      ) { name in try self.attackText(name, experiment, reading, model) }
      plans[recipe.name] = try recipe.then.map { try $0.plan(site) }
    }
    return plans
  }

  /// Text to relearn from: what was to be forgotten, what was to be retained, or a file's.
  private func attackText(
    _ name: String, _ experiment: Experiment, _ reading: Reading, _ model: StoredModel
  ) throws -> TokenPart {
    let key = "\(ObjectIdentifier(model)) \(experiment.scoring.corpora[name]?.expanded ?? name)"
    if let known = attackTexts[key] { return known }
    let documents =
      switch name {
      case "forget": reading.forget.documents
      case "retain": reading.retain.documents
      default:
        try CorpusFile.read([
          URL(fileURLWithPath: experiment.scoring.corpora[name]?.expanded ?? name)
        ]).documents
      }
    guard !documents.isEmpty else { throw RelearnError.noText(data: name) }
    let part = TokenPart(
      try TokenCorpus(
        name: name,
        try documents.map { document in
          model === reading.inputs.base
            ? try tokens(of: document, model) : try document.tokens { model.tokenizer }
        }))
    attackTexts[key] = part
    return part
  }

  private func read(_ pipeline: SpungePipeline) throws -> Reading {
    let experiment = pipeline.experiment
    if let last, last.inputs.serves(experiment) { return last }
    (splits, tokens, attackTexts) = ([:], [:], [:])
    func corpus(_ files: [ExperimentPath]) throws -> Corpus {
      try CorpusFile.read(files.map { URL(fileURLWithPath: $0.expanded) })
    }
    let reading = (
      inputs: try RunInputs(pipeline), forget: try corpus(experiment.forget),
      retain: experiment.retain.isEmpty ? ([], 0) : try corpus(experiment.retain)
    )
    last = reading
    return reading
  }

  // MARK: Data

  /// Algorithm 1, lines 1 and 2: the forget data by attribute value, processed; and what every part is to retain.
  private func data(_ pipeline: SpungePipeline, _ reading: Reading) throws -> UnlearningData {
    let experiment = pipeline.experiment
    let (inputs, forget, retain) = reading
    let isControlled = experiment.sources.contains(.control)
    let key = try [
      experiment.splitter.card.name, experiment.splitter.resolvedYAML(),
      experiment.processing.resolvedYAML(), experiment.splitClassifier?.expanded ?? "",
      "\(experiment.seed) \(isControlled) \(experiment.unlearning.alternateColumn ?? "")",
    ].joined(separator: "\n")
    if let known = splits[key] { return known }
    let classifier = try experiment.splitClassifier.map { folder in
      let judge = folder == experiment.scoring.toxicity?.classifier ? inputs.judge : nil
      return try judge ?? pipeline.openClassifier(folder.expanded)
    }
    let split = try split(forget.documents, by: classifier, pipeline, inputs)
    let random = isControlled ? try randomParts(of: split.parts, pipeline.context.random) : []
    let alternates = experiment.unlearning.alternateColumn
    func part(
      _ documents: [ForgetDocument], _ name: String, alternates column: String? = nil
    ) throws -> TokenPart {
      TokenPart(
        try TokenCorpus(
          name: name, try documents.map { try tokens(of: $0, inputs.base) },
          alternates: try column.map { column in
            try documents.map { try $0.alternate(in: column) { inputs.base.tokenizer } }
          }))
    }
    let data = UnlearningData(
      parts: try split.parts.map { try part($0.documents, $0.name, alternates: alternates) },
      random: try random.map { try part($0.documents, $0.name, alternates: alternates) },
      retain: try part(retain.documents + split.retained, "retain"),
      notes: classifier?.notes ?? [], documents: forget.documents.count,
      retained: split.retained.count, dropped: split.dropped,
      empty: (forget.dropped, retain.dropped))
    splits[key] = data
    return data
  }

  private func split(
    _ documents: [ForgetDocument], by classifier: StoredClassifier?, _ pipeline: SpungePipeline,
    _ inputs: RunInputs
  ) throws -> Split {
    let experiment = pipeline.experiment
    // Weights that are damaged are not to be asked.
    if type(of: experiment.splitter).asksModel { try inputs.base.requireFinite() }
    var splitting = SplitContext(
      random: pipeline.context.random.child(named: "split"),
      labels: classifier.map { classifier in
        { try DocumentLabels(try classifier.load()).labels($0) }
      },
      embeddings: { documents in
        try DocumentEmbeddings(
          inputs.base.directory, tokenizer: inputs.base.tokenizer, engine: pipeline.context.engine
        ).vectors(documents)
      })
    return try experiment.processing.split(documents, by: experiment.splitter, in: &splitting)
  }

  /// The documents of `parts` in as many parts drawn at random.
  private func randomParts(
    of parts: [ForgetPart], _ random: RandomSource
  ) throws -> [ForgetPart] {
    var control = RandomParts()
    control.parts = parts.count
    try control.validateAll()
    var drawing = SplitContext(random: random.child(named: "control"))
    return try control.split(parts.flatMap(\.documents), in: &drawing).parts
  }

  private func tokens(of document: ForgetDocument, _ base: StoredModel) throws -> TokenCorpus.Text {
    let made = try tokens[document] ?? document.tokens { base.tokenizer }
    tokens[document] = made
    return made
  }
}

extension SpungePipeline {
  /// The unlearning run of `parts` together, checked and arranged within the memory.
  /// - Throws: what the run would throw before its first step.
  fileprivate func planned(
    _ parts: [TokenPart], retain: TokenPart, name: String, _ base: StoredModel
  ) throws -> PlannedUnlearning {
    let job = UnlearningJob(
      name: name, configuration: base.directory.configuration, base: base.directory.checkpoint,
      forget: parts.map(\.corpus), retain: [retain.corpus], engine: context.engine,
      random: context.random.child(named: "unlearn/\(name)"))
    let plan = try experiment.unlearning.plan(job)
    var run = PlannedUnlearning(parts: parts, retain: retain, job: job, plan: plan)
    // A result that is there needs no memory.
    let isDone =
      try context.memory != nil
      && StepCache(work: paths.work).seemsFinished(key(of: run, base))
    run.memory = try plan.program?.memoryPlan(
      job.configuration, budget: isDone ? nil : context.memory)
    if let memory = run.memory { run.job.memory = memory.memory }
    return run
  }
}
