import Formats
import LanguageModels

/// Initial settings of an unlearning method for a model without published settings.
struct UnlearningDraft {
  /// Comments that explain the settings, line by line.
  let comments: [String]
  /// Lines below `settings:`; empty for the method's defaults.
  let settings: [String]

  /// - Parameter method: a name of `unlearningMethods`.
  init(method: String, _ configuration: DecoderConfiguration) {
    switch method {
    case RMU.card.name: self = Self.rmu(configuration)
    case AdaptiveRMU.card.name: self = Self.adaptiveRMU(configuration)
    case CircuitBreakers.card.name: self = Self.circuitBreakers(configuration)
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
    let (layer, trained) = zephyrsPlace(configuration)
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

  /// Where RMU works in Zephyr, layers 5 to 7 of 32, at the same depth of another model.
  private static func zephyrsPlace(
    _ configuration: DecoderConfiguration
  ) -> (layer: Int, trained: String) {
    let layer = configuration.layerCount * 7 / 32
    return (layer, (max(0, layer - 2)...layer).map(String.init).joined(separator: ", "))
  }

  private static func adaptiveRMU(_ configuration: DecoderConfiguration) -> UnlearningDraft {
    let (layer, trained) = zephyrsPlace(configuration)
    return UnlearningDraft(
      comments: [
        "The authors' defaults for Zephyr-7B-beta, at the same relative depth. Choose layer, alphas and learningRate on",
        "validation data.",
      ],
      settings: ["layer: \(layer)", "trainedLayers: [\(trained)]"])
  }

  private static func circuitBreakers(_ configuration: DecoderConfiguration) -> UnlearningDraft {
    // The outputs of layers 9 and 19 of 32.
    let first = max(0, configuration.layerCount * 10 / 32 - 1)
    let second = max(first + 1, configuration.layerCount * 20 / 32 - 1)
    let layers = [first, second].filter { $0 < configuration.layerCount }
    return UnlearningDraft(
      comments: [
        "The authors' defaults for models of 32 layers, at the same relative depth. Choose layers, weight and",
        "training.learningRate on validation data.",
      ],
      settings: ["layers: [\(layers.map(String.init).joined(separator: ", "))]"])
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
        "The paper's LoRA settings for \(model). The paper does not state the learning rate and the batch size."
      ],
      settings: [
        "preset: \(preset)", "training:",
        "  learningRate: \(NumberText.shortest(FineTuning().learningRate))",
        "  batchSize: \(FineTuning().batchSize)",
      ] + targets(configuration))
  }
}
