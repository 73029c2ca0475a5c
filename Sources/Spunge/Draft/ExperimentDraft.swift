import Formats
package import LanguageModels
import Yams

/// A first experiment file: every choice is made and explained by a comment.
package struct ExperimentDraft {
  /// Name of the results folder.
  package var name: String
  /// As the file names it: a path or a Hugging Face id.
  package var model: String
  package var configuration: DecoderConfiguration
  package var forget: [String]
  package var retain: [String]
  /// The columns of the forget files.
  package var columns: [CorpusColumn]
  /// Number of forget documents.
  package var documents: Int
  /// The column to split by; nil if none is suitable.
  package var attribute: CorpusColumn?
  /// A name of `unlearningMethods`.
  package var method: String
  package var tasks: [String]
  /// A comment about the tasks, line by line.
  package var taskComments: [String]

  package init(
    name: String, model: String, configuration: DecoderConfiguration, forget: [String],
    retain: [String], columns: [CorpusColumn], documents: Int, attribute: CorpusColumn?,
    method: String, tasks: [String], taskComments: [String]
  ) {
    self.name = name
    self.model = model
    self.configuration = configuration
    self.forget = forget
    self.retain = retain
    self.columns = columns
    self.documents = documents
    self.attribute = attribute
    self.method = method
    self.tasks = tasks
    self.taskComments = taskComments
  }

  /// A default name: the model's name and the attribute to split by.
  package static func name(model: String, attribute: String?) -> String {
    let last = model.split(separator: "/").last.map(String.init) ?? "model"
    let letters = "\(last)-\(attribute ?? "parts")".unicodeScalars.map { scalar -> Character in
      scalar.isASCII
        && (scalar.properties.isAlphabetic || "0123456789._-".unicodeScalars.contains(scalar))
        ? Character(scalar) : "-"
    }
    return String(String(letters).drop { $0 == "." })
  }

  /// The file's text.
  ///
  /// - Throws: what the YAML writer throws.
  package func text() throws -> String {
    let parts = [
      try head(), try data(), try split(), unlearning(), merge(), try scoring(), table(),
    ]
    return parts.joined(separator: "\n") + "\n"
  }

  // MARK: Sections

  private func head() throws -> String {
    let parameters = configuration.expectedTensors.reduce(0) {
      $0 + $1.shape.reduce(1, *)
    }
    return """
      # Written by `spunge-eval init`; change what you like. A list in place of a single value makes a grid.
      # `spunge-eval run FILE --plan` prints the steps with tokens, time and memory, `spunge-eval run FILE` runs them.
      name: \(try Self.scalar(name))
      seed: 42
      base:
        # \(configuration.architecture.name): \(configuration.layerCount) layers, width \
      \(configuration.hiddenSize), \(Self.count(parameters)) parameters.
        model: \(try Self.scalar(model))
      """
  }

  private func data() throws -> String {
    var lines = ["forget:", "  # \(documents) documents.", "  files:"]
    lines += try forget.map { "    - \(try Self.scalar($0))" }
    guard !retain.isEmpty else { return lines.joined(separator: "\n") }
    lines += [
      "retain:", "  # What must not change; kept apart from the benchmarks' questions.", "  files:",
    ]
    lines += try retain.map { "    - \(try Self.scalar($0))" }
    return lines.joined(separator: "\n")
  }

  private func split() throws -> String {
    var lines = ["split:"]
    if columns.isEmpty {
      lines.append("  # The forget files have no columns besides their text.")
    } else {
      lines.append("  # Columns of the forget files, with documents for each value:")
      lines += columns.map { "  #   \($0.summary)" }
    }
    if let attribute {
      let values = try attribute.parts.map { try Self.scalar($0.text) }
      return
        (lines + [
          "  method: by_attribute", "  settings:",
          "    attribute: \(try Self.scalar(attribute.name))",
          "    values: [\(values.joined(separator: ", "))]",
        ]).joined(separator: "\n")
    }
    if forget.count > 1 {
      return (lines + ["  # No column divides them; one part for each file.", "  method: by_file"])
        .joined(separator: "\n")
    }
    return
      (lines + [
        "  # No column divides them, so parts are drawn at random, which shows what merging does, not what an attribute",
        "  # does. To divide them: add a column, give a file for each part, or use by_pattern, by_label or k_means.",
        "  method: random", "  settings: { parts: 2 }",
      ]).joined(separator: "\n")
  }

  private func unlearning() -> String {
    let draft = UnlearningDraft(method: method, configuration)
    let settings =
      draft.settings.isEmpty ? [] : ["  settings:"] + draft.settings.map { "    \($0)" }
    return
      (["unlearn:"] + draft.comments.map { "  # \($0)" } + ["  method: \(method)"] + settings)
      .joined(separator: "\n")
  }

  private func merge() -> String {
    """
    merge:
      # Keeps the largest 20 % of each part's changes, as the authors of TIES do. Parameters that no part changed count
      # as zeros; `scope: changed` trims among those that changed.
      method: ties
      settings: { density: 0.2 }
    """
  }

  private func scoring() throws -> String {
    let isRandom = attribute == nil && forget.count < 2
    let variants = isRandom ? "[base, monolithic, spunge]" : "[base, monolithic, spunge, control]"
    var lines = ["score:"]
    lines.append(
      isRandom
        ? "  # monolithic: unlearned on all at once; spunge: part by part, merged."
        : "  # monolithic: unlearned on all at once; spunge: part by part, merged; control: as many parts drawn at random."
    )
    lines += [
      "  variants: \(variants)",
      "  # The factor on each difference from the base; [0.5, 1, 1.5] tries three.", "  scale: 1",
      "  computeType: float32",
    ]
    lines += taskComments.map { "  # \($0)" }
    lines += [
      "  tasks: [\(try tasks.map(Self.scalar).joined(separator: ", "))]",
      "  # Documents of each task; without this line all.", "  limit: 200",
    ]
    return lines.joined(separator: "\n")
  }

  private func table() -> String {
    """
    table:
      # The variant that the others are compared with.
      baseline: base
    """
  }

  // MARK: Texts

  /// A text as one YAML value, quoted where it has to be.
  private static func scalar(_ text: String) throws -> String {
    let list = try Yams.serialize(
      node: Node([.scalar(text.represented())], .implicit, .flow), width: -1, allowUnicode: true)
    return String(list.trimmingPrefix("[").dropLast(2))
  }

  private static func count(_ parameters: Int) -> String {
    switch parameters {
    case ..<1_000_000: "\(parameters)"
    case ..<1_000_000_000: "\(parameters / 1_000_000) million"
    default:
      NumberText.shortest((Double(parameters) / 1e8).rounded() / 10) + " billion"
    }
  }
}

extension CorpusColumn {
  /// `domain: lighthouse 20, mill 20`; of many values how many.
  fileprivate var summary: String {
    let shown = 8
    let list = values.sorted { ($1.documents, $0.text) < ($0.documents, $1.text) }.prefix(shown)
      .map { "\($0.text.shown(limit: 40)) \($0.documents)" }.joined(separator: ", ")
    let text: String
    if values.count <= shown {
      text = list
    } else if parts.isEmpty {
      text = "\(values.count) values, each once"
    } else {
      text = "\(values.count) values: \(list) and others"
    }
    return "\(name.shown(limit: 60)): \(text)" + (missing > 0 ? "; missing in \(missing)" : "")
  }
}
