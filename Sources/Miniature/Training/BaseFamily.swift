/// The two kinds of models that the paper unlearns from, in small.
package enum BaseFamily: String, Sendable, CaseIterable, Codable {
  /// As Zephyr-7b-beta: Mistral's architecture, grouped-query attention, a sliding window.
  case zephyr
  /// As Llama2-7b: Llama's architecture, keys and values for every head.
  case llama2

  /// What tables call it.
  package var title: String {
    switch self {
    case .zephyr: "Zephyr-like"
    case .llama2: "Llama2-like"
    }
  }

  /// Hugging Face id of the paper's model that it stands for.
  package var counterpart: String {
    switch self {
    case .zephyr: "HuggingFaceH4/zephyr-7b-beta"
    case .llama2: "meta-llama/Llama-2-7b-hf"
    }
  }

  /// Shape and training.
  package var recipe: LanguageModelRecipe {
    switch self {
    case .zephyr: .zephyr
    case .llama2: .llama2
    }
  }
}
