import Evaluation
import Tensors
import Yams

extension Experiment {
  /// The experiment as an experiment file with every default spelled out, paths as written.
  ///
  /// Reading the text gives the same experiment.
  ///
  /// - Returns: YAML text.
  /// - Throws: what the YAML writer throws.
  package func yaml() throws -> String {
    let root = mapping([
      ("name", Node(name)),
      ("seed", Node(String(seed))),
      ("base", mapping([("model", Node(model.written))])),
      ("forget", mapping([("files", Node(forget.map { Node($0.written) }))])),
      (
        "retain", retain.isEmpty ? nil : mapping([("files", Node(retain.map { Node($0.written) }))])
      ),
      ("split", try node(splitter)),
      ("unlearn", try node(unlearning)),
      ("merge", try node(merge)),
      ("score", try scoringNode()),
      (
        "table",
        mapping([
          ("formats", Node(table.formats.map { Node($0) })),
          ("baseline", Node(table.baseline.rawValue)),
        ])
      ),
    ])
    return try Yams.serialize(node: root)
  }

  private func scoringNode() throws -> Node {
    mapping([
      ("variants", Node(scoring.variants.map { Node($0.rawValue) })),
      ("scale", Node(String(scoring.scale))),
      ("computeType", Node(scoring.computeType.rawValue)),
      (
        "tasks",
        scoring.tasks.isEmpty
          ? nil
          : Node(
            scoring.tasks.map { task in
              mapping([
                ("task", Node(task.name)),
                ("limit", task.limit.map { Node(String($0)) }),
                ("num_fewshot", task.fewShot.map { Node(String($0)) }),
              ])
            })
      ),
      ("toxicity", try scoring.toxicity.map(toxicityNode)),
      (
        "perplexity",
        scoring.fluency.map { fluency in
          mapping([
            ("model", Node(fluency.model.written)),
            ("definitions", Node(fluency.definitions.map { Node($0.rawValue) })),
          ])
        }
      ),
    ])
  }

  private func toxicityNode(_ toxicity: Toxicity) throws -> Node {
    let training = toxicity.classifierTrainingData
    return mapping([
      ("prompts", Node(toxicity.prompts.written)),
      ("source", Node(toxicity.source)),
      ("protocol", Node(toxicity.protocolName)),
      (
        "settings",
        toxicity.classifier == nil ? nil : try Yams.compose(yaml: toxicity.recipe.resolvedYAML())
      ),
      ("classifier", toxicity.classifier.map { Node($0.written) }),
      ("classifierTrainingData", training.isEmpty ? nil : Node(training)),
      ("rule", toxicity.rule.map { Node($0.description) }),
      ("groups", toxicity.groups.isEmpty ? nil : Node(toxicity.groups.map { Node($0) })),
      ("limit", toxicity.limit.map { Node(String($0)) }),
    ])
  }

  private func node(_ method: some CatalogMethod) throws -> Node {
    let settings = try Yams.compose(yaml: method.resolvedYAML())
    return mapping([("method", Node(method.card.name)), ("settings", settings)])
  }

  /// A mapping of the entries that have a value, in this order.
  private func mapping(_ entries: [(String, Node?)]) -> Node {
    Node(entries.compactMap { key, value in value.map { (Node(key), $0) } })
  }
}
