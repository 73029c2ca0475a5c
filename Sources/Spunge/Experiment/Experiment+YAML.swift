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
      (
        "split",
        try node(
          splitter,
          [
            ("classifier", splitClassifier.map { Node($0.written) }),
            ("process", Yams.compose(yaml: processing.resolvedYAML())),
          ])
      ),
      ("unlearn", try node(unlearning)),
      ("merge", try node(merge, [("order", Node(mergeOrder.rawValue))])),
      ("score", try scoringNode()),
      (
        "table",
        mapping([
          ("formats", Node(table.formats.map { Node($0) })),
          ("baseline", Node(table.baseline)),
          ("reference", table.reference.map { Node($0.written) }),
          (
            "paper",
            table.paper.names.isEmpty ? nil : Node(table.paper.names.map { Node($0) })
          ),
        ])
      ),
    ])
    return try Yams.serialize(node: root)
  }

  private func scoringNode() throws -> Node {
    mapping([
      (
        "variants",
        Node(
          scoring.variants.map { Node($0.rawValue) }
            + (try scoring.derived.map { variant in
              mapping([
                ("name", Node(variant.name)),
                ("of", (variant.parent ?? variant.variant?.rawValue).map { Node($0) }),
                ("model", variant.parent == nil ? variant.model.map { Node($0.written) } : nil),
                (
                  "then",
                  variant.own.isEmpty
                    ? nil
                    : Node(
                      try variant.own.map { transform in
                        mapping([
                          (transform.card.name, try Self.node(transform))
                        ])
                      })
                ),
              ])
            }))
      ),
      ("scale", Node(scoring.scale)),
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
      ("toxicity", try scoring.toxicity?.node()),
      ("perplexity", scoring.fluency?.node),
    ])
  }

  /// The settings that count.
  private static func node(_ transform: any Transform) throws -> Node? {
    let settings = try Yams.compose(yaml: transform.resolvedYAML())?.mapping ?? [:]
    return Node(
      settings.filter { key, _ in !transform.unusedSettings.contains(key.string ?? "") }
        .map { ($0.key, $0.value) })
  }

  private func node(
    _ method: some CatalogMethod, _ others: [(String, Node?)] = []
  ) throws -> Node {
    let settings = try Yams.compose(yaml: method.resolvedYAML())
    return mapping(
      [("method", Node(method.card.name))] + others + [("settings", settings)])
  }
}

extension Experiment.Toxicity {
  func node() throws -> Node {
    mapping([
      ("prompts", Node(prompts.written)),
      ("source", Node(source)),
      ("protocol", Node(protocolName)),
      ("settings", classifier == nil ? nil : try Yams.compose(yaml: recipe.resolvedYAML())),
      ("classifier", classifier.map { Node($0.written) }),
      (
        "classifierTrainingData",
        classifierTrainingData.isEmpty ? nil : Node(classifierTrainingData)
      ),
      ("rule", rule.map { Node($0.description) }),
      ("groups", groups.isEmpty ? nil : Node(groups.map { Node($0) })),
      ("limit", limit.map { Node(String($0)) }),
    ])
  }

  /// As it stands in an experiment file.
  package func yaml(with fluency: Experiment.Fluency?) throws -> String {
    let scoring = mapping([("toxicity", try node()), ("perplexity", fluency?.node)])
    return try Yams.serialize(node: mapping([("score", scoring)]))
  }
}

extension Experiment.Fluency {
  var node: Node {
    mapping([
      ("model", Node(model.written)),
      ("definitions", Node(definitions.map { Node($0.rawValue) })),
    ])
  }
}

/// A mapping of the entries that have a value, in this order.
private func mapping(_ entries: [(String, Node?)]) -> Node {
  Node(entries.compactMap { key, value in value.map { (Node(key), $0) } })
}
