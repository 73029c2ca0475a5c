import Formats
import LanguageModels

/// Settings to begin with, for an unlearning method on a model that nobody has chosen them for.
struct UnlearningDraft {
  /// Why these, one line of a comment each.
  let comments: [String]
  /// Lines below `settings:`; none for the method's defaults.
  let settings: [String]

  /// - Parameter method: a name of `unlearningMethods`.
  init(method: String, _ configuration: DecoderConfiguration) {
    switch method {
    case RMU.card.name: self = Self.rmu(configuration)
    case TaskVectorNegation.card.name: self = Self.taskVectorNegation(configuration)
    default:
      self.init(
        comments: ["The method's defaults; `spunge-eval methods` lists its settings."],
        settings: [])
    }
  }

  private init(comments: [String], settings: [String]) {
    self.comments = comments
    self.settings = settings
  }

  /// Published runs of RMU, by architecture, depth and width.
  private static let publishedRMU:
    [(
      architecture: DecoderArchitecture, layers: Int, width: Int, preset: String,
      model: String
    )] = [
      (.mistral, 32, 4096, "wmdp-zephyr", "Zephyr-7B-beta"),
      (.llama, 60, 7168, "wmdp-yi", "Yi-34B-Chat"),
    ]

  private static func rmu(_ configuration: DecoderConfiguration) -> UnlearningDraft {
    let published = publishedRMU.first {
      $0.architecture == configuration.architecture && $0.layers == configuration.layerCount
        && $0.width == configuration.hiddenSize
    }
    if let published {
      return UnlearningDraft(
        comments: [
          "A model of \(published.model)'s architecture and size: WMDP's published settings for it."
        ], settings: ["preset: \(published.preset)"])
    }
    // Zephyr's place: layer 7 of 32.
    let layer = configuration.layerCount * 7 / 32
    let trained = (max(0, layer - 2)...layer).map(String.init).joined(separator: ", ")
    return UnlearningDraft(
      comments: [
        "No settings are published for \(configuration.layerCount) layers of width "
          + "\(configuration.hiddenSize). WMDP's defaults, at the same",
        "relative depth as in Zephyr. Choose steeringCoefficients, alphas and learningRate on validation data:",
        "a coefficient well above the norm of hidden states forgets more, larger alphas retain more.",
      ],
      settings: [
        "preset: wmdp-defaults", "layer: \(layer)", "trainedLayers: [\(trained)]",
        "learningRate: \(NumberText.shortest(RMU().learningRate))",
      ])
  }

  /// The presets name Llama's modules.
  private static func targets(_ configuration: DecoderConfiguration) -> [String] {
    let needed: [DecoderBlock.Part] = [.query, .key, .value, .gate, .up, .down]
    let names = Set(configuration.projections.map { $0.storedName(configuration.architecture) })
    return names.isSuperset(of: needed.map(\.rawValue)) ? [] : ["  targets: [all-linear]"]
  }

  private static func taskVectorNegation(_ configuration: DecoderConfiguration) -> UnlearningDraft {
    let (preset, model) =
      configuration.architecture == .mistral
      ? ("spunge-zephyr", "Zephyr-7B-beta") : ("spunge-llama2", "Llama-2-7B")
    return UnlearningDraft(
      comments: [
        "The paper's low-rank adapter for \(model). The paper leaves out the learning rate and the batch size."
      ],
      settings: [
        "preset: \(preset)", "training:",
        "  learningRate: \(NumberText.shortest(FineTuning().learningRate))",
        "  batchSize: \(FineTuning().batchSize)",
      ] + targets(configuration))
  }
}
