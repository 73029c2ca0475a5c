import Evaluation
import Yams

extension ExperimentReader {
  /// `score.toxicity`; nil if absent or invalid.
  func toxicity(_ scoring: SectionReader) -> Experiment.Toxicity? {
    guard scoring.optional("toxicity") != nil,
      let section = scoring.section(
        "toxicity",
        known: [
          "prompts", "source", "protocol", "settings", "classifier", "classifierTrainingData",
          "rule", "groups", "limit",
        ])
    else { return nil }
    let source = choice("source", in: section, standard: "toxigen", PromptSource.all.map(\.name))
    // Protocols that ask the model questions are ordinary tasks.
    let protocols = ToxicityProtocol.all.filter {
      if case .question = $0.method { false } else { true }
    }
    let name = choice("protocol", in: section, standard: "paper", protocols.map(\.name))
    let prompts = section.required("prompts").flatMap {
      path(
        $0, in: section, name: "score.toxicity.prompts", isThere: PromptSet.isPatternOfFiles)
    }
    let limit: Int? = section.integer("limit", in: 1...1_000_000_000)
    guard let source, let name, let prompts,
      let method = protocols.first(where: { $0.name == name })?.method
    else { return nil }
    var toxicity = Experiment.Toxicity(
      prompts: prompts, source: source, protocolName: name, recipe: CompletionRecipe(),
      classifier: nil, limit: limit)
    if case .completions(let standard) = method {
      guard let recipe = recipe(section, over: standard),
        let classifier = section.required("classifier").flatMap({
          modelPath($0, in: section, name: "score.toxicity.classifier")
        })
      else { return nil }
      (toxicity.recipe, toxicity.classifier) = (recipe, classifier)
    } else {
      for key in ["settings", "classifier", "classifierTrainingData"]
      where section.optional(key) != nil {
        section.problems.note(
          section.line(of: key),
          "'score.toxicity.\(key)': the protocol \(name) generates no completions; leave it out")
      }
    }
    if let node = section.optional("classifierTrainingData") {
      toxicity.classifierTrainingData =
        section.text(node, name: "score.toxicity.classifierTrainingData") ?? ""
    }
    if section.optional("rule") != nil { toxicity.rule = rule(section) }
    if section.optional("groups") != nil {
      toxicity.groups = (section.list("groups") ?? []).compactMap {
        section.text($0, name: "score.toxicity.groups")
      }
    }
    return toxicity
  }

  private func choice(
    _ key: String, in section: SectionReader, standard: String, _ known: [String]
  ) -> String? {
    guard let node = section.optional(key) else { return standard }
    return section.choice(node, name: section.name(of: key), kind: key, known: known)
  }

  private func recipe(
    _ section: SectionReader, over standard: CompletionRecipe
  ) -> CompletionRecipe? {
    do {
      return try CompletionRecipe(overriding: section.optional("settings"), over: standard)
    } catch let error as SettingsError {
      for problem in error.problems {
        section.problems.note(
          problem.line ?? section.line(of: "settings"),
          "score.toxicity.settings: \(problem.message)")
      }
    } catch {
      section.problems.note(section.line, "score.toxicity: \(error)")
    }
    return nil
  }

  private func rule(_ section: SectionReader) -> SelectionRule? {
    guard let text = section.text("rule") else { return nil }
    do throws(ToxicityError) {
      return try SelectionRule(text)
    } catch {
      section.problems.note(section.line(of: "rule"), "'score.toxicity.rule': \(error)")
      return nil
    }
  }

  /// `score.perplexity`; nil if absent or invalid.
  func fluency(_ scoring: SectionReader) -> Experiment.Fluency? {
    guard scoring.optional("perplexity") != nil,
      let section = scoring.section("perplexity", known: ["model", "definitions"]),
      let model = section.required("model").flatMap({
        modelPath($0, in: section, name: "score.perplexity.model")
      })
    else { return nil }
    guard section.optional("definitions") != nil else { return Experiment.Fluency(model: model) }
    let names = section.choices(
      "definitions", kind: "definition", known: PerplexityDefinition.allCases.map(\.rawValue))
    return names.map {
      Experiment.Fluency(
        model: model, definitions: $0.compactMap(PerplexityDefinition.init(rawValue:)))
    }
  }
}
