import Evaluation
import Formats
import PythonText

/// The parts of `results_*.json` that describe the run.
extension HarnessRun {
  /// Every group, those inside others too, in the order in which they were asked for.
  private var allGroups: [TaskGroup] {
    var all: [TaskGroup] = []
    func visit(_ group: TaskGroup) {
      if !all.contains(where: { $0.name == group.name }) { all.append(group) }
      for case .group(let child) in group.members { visit(child) }
    }
    for group in groups { visit(group) }
    return all
  }

  private static func childNames(_ group: TaskGroup) -> [String] {
    group.members.map { member in
      switch member {
      case .task(let name): name
      case .group(let group): group.name
      }
    }
  }

  private static func sorted(_ pairs: [(String, Value)]) -> Value {
    .mapping(Mapping(pairs.sorted { $0.0.utf8.lexicographicallyPrecedes($1.0.utf8) }))
  }

  var subtasks: Value {
    .mapping(
      Mapping(
        allGroups.map { group in
          (group.name, .list(Self.childNames(group).map { .string($0) }))
        }))
  }

  var configurations: Value {
    Self.sorted(
      tasks.map { scored in
        let metadata = modelArguments + [("config_source", .string(scored.task.path))]
        var configuration = scored.task.file.configuration(
          fewShot: scored.evaluator.fewShot, metadata: metadata)
        if settings.predictsOnly {
          let bypass = Mapping([("metric", .string("bypass"))])
          configuration[.string("metric_list")] = .list([.mapping(bypass)])
        }
        return (scored.task.name, .mapping(configuration))
      })
  }

  var versions: Value {
    Self.sorted(
      tasks.map { ($0.task.name, $0.task.file.writtenVersion) }
        + allGroups.map { ($0.name, .string($0.version.isEmpty ? "N/A" : $0.version)) })
  }

  /// Few-shot examples; a group has a number if all that is in it has the same.
  var shots: Value {
    var shots: [String: Int] = [:]
    for scored in tasks { shots[scored.task.name] = scored.evaluator.fewShot }
    for group in allGroups {
      let inside = Set(Self.childNames(group).compactMap { shots[$0] })
      if inside.count == 1 { shots[group.name] = inside.first }
    }
    return Self.sorted(shots.map { ($0.key, .integer($0.value)) })
  }

  /// Which metrics are better when higher; null where a group's members disagree.
  var directions: Value {
    var directions: [(name: String, metrics: Mapping)] = tasks.map { scored in
      let metrics =
        settings.predictsOnly
        ? [("bypass", Value.bool(true))]
        : scored.task.metrics.map { ($0.name, Value.bool($0.higherIsBetter)) }
      return (scored.task.name, Mapping(metrics))
    }
    for group in allGroups {
      var metrics = Mapping()
      for child in Self.childNames(group) {
        guard let known = directions.first(where: { $0.name == child })?.metrics else { continue }
        for (metric, direction) in zip(known.keys, known.values) {
          let isNew = metrics[metric] == nil || metrics[metric] == direction
          metrics[metric] = isNew ? direction : Value.none
        }
      }
      if !metrics.isEmpty { directions.append((group.name, metrics)) }
    }
    return Self.sorted(directions.map { ($0.name, .mapping($0.metrics)) })
  }

  /// Documents that were scored; where nothing is, the harness counts texts, but no likelihoods.
  func scoredCount(_ scored: ScoredTask) -> Int {
    settings.predictsOnly && scored.task.outputType != .generateUntil ? 0 : scored.samples.count
  }

  var counts: Value {
    .mapping(
      Mapping(
        tasks.map { scored in
          let counts: [(String, Value)] = [
            ("original", .integer(scored.splitCount)),
            ("effective", .integer(scoredCount(scored))),
          ]
          return (scored.task.name, .mapping(Mapping(counts)))
        }))
  }

  private var modelArguments: [(String, Value)] {
    [("pretrained", .string(model.name)), ("dtype", .string(model.computeType))]
      + (model.askedLength.map { [("max_length", .integer($0))] } ?? [])
  }

  /// What was run, with the harness's names.
  var configuration: Value {
    let parameters = model.parameterCount.map { Value.integer($0) }
    return .mapping(
      Mapping([
        ("model", .string("spunge-eval")),
        ("model_args", .mapping(Mapping(modelArguments))),
        ("model_num_parameters", parameters ?? Value.none),
        // The harness's readers know types by PyTorch's names.
        ("model_dtype", .string("torch.\(model.computeType)")),
        ("model_revision", .string("main")), ("model_sha", .string("")),
        ("batch_size", settings.batchTokens.map { .integer($0) } ?? Value.none),
        ("batch_sizes", .list([])), ("device", .string("cpu")),
        ("use_cache", Value.none), ("limit", limit),
        ("bootstrap_iters", .integer(settings.bootstrapIterations)),
        ("gen_kwargs", .mapping(settings.generationArguments)),
        ("random_seed", .integer(settings.otherSeeds[0])),
        ("numpy_seed", .integer(settings.otherSeeds[1])),
        ("torch_seed", .integer(settings.otherSeeds[2])),
        ("fewshot_seed", .integer(Int(clamping: settings.seed))),
      ]))
  }

  private var limit: Value {
    settings.limit.map { .float($0) } ?? Value.none
  }

  var tokenizer: [(String, Value)] {
    func token(_ token: (text: String, id: Int)?) -> Value {
      guard let token else { return .list([Value.none, .string("None")]) }
      return .list([.string(token.text), .string(String(token.id))])
    }
    return [
      ("tokenizer_pad_token", token(model.padding)), ("tokenizer_eos_token", token(model.end)),
      ("tokenizer_bos_token", token(model.begin)),
      ("eot_token_id", model.end.map { .integer($0.id) } ?? Value.none),
      ("max_length", model.maximumLength.map { .integer($0) } ?? Value.none),
    ]
  }

  /// Model, chat settings and time, at the end of the file.
  var tracker: [(String, Value)] {
    func text(_ text: String?) -> Value { text.map { .string($0) } ?? Value.none }
    func hash(_ text: String?) -> Value {
      text.flatMap { $0.isEmpty ? nil : .string(harnessHash($0)) } ?? Value.none
    }
    return [
      ("model_source", .string("spunge-eval")), ("model_name", .string(model.name)),
      ("model_name_sanitized", .string(HarnessFiles.sanitized(model.name))),
      ("system_instruction", text(settings.systemInstruction)),
      ("system_instruction_sha", hash(settings.systemInstruction)),
      (
        "fewshot_as_multiturn",
        settings.fewShotAsMultiturn.map { .bool($0) } ?? Value.none
      ),
      ("chat_template", text(settings.chatTemplate)),
      ("chat_template_sha", hash(settings.chatTemplate)),
      ("total_evaluation_time_seconds", .string(Value.float(seconds).text)),
    ]
  }
}
