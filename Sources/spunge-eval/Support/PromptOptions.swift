import ArgumentParser
import Evaluation
import LanguageModels
import Spunge

/// How documents become prompts for one model.
struct PromptOptions: ParsableArguments {
  /// How to shorten prompts that exceed the model's context.
  enum Truncation: String, ExpressibleByArgument, CaseIterable {
    case dropExamples = "drop-examples"
    case left
  }

  @Flag(help: "Format prompts with the model's chat template.") var applyChatTemplate = false

  @Option(
    help: ArgumentHelp(
      "The name of one of the model's chat templates; implies --apply-chat-template.",
      valueName: "name"))
  var chatTemplate: String?

  @Option(help: ArgumentHelp("System message to put before every prompt.", valueName: "text"))
  var systemInstruction: String?

  @Flag(
    inversion: .prefixedNo,
    help: "Present few-shot examples as turns of the chat (default) or in one message.")
  var fewshotAsMultiturn: Bool?

  @Option(
    help:
      "How to shorten long prompts: drop whole examples first, or only truncate on the left (as lm-eval)."
  )
  var truncation: Truncation = .dropExamples

  private var isChat: Bool { applyChatTemplate || chatTemplate != nil }

  func validate() throws {
    if fewshotAsMultiturn == true, !isChat {
      throw ValidationError("--fewshot-as-multiturn needs --apply-chat-template")
    }
  }

  func preparation(
    _ model: OpenedModel, _ asking: TextModel.Settings
  ) throws -> PromptPreparation {
    var result = PromptPreparation(systemInstruction: systemInstruction)
    if isChat {
      result.chat = try ChatPrompts(
        of: model.directory, template: chatTemplate,
        fewShotAsMultiturn: fewshotAsMultiturn ?? true)
    }
    if truncation == .dropExamples {
      let fit = PromptFit(model.tokenizer, model.directory.configuration, settings: asking)
      result.fits = { fit.fits(context: $0, continuations: $1, newTokens: $2) }
    }
    return result
  }
}

/// How prompts are prepared beyond what their task defines.
struct PromptPreparation {
  var chat: ChatPrompts?
  var systemInstruction: String?
  /// Whether a prompt fits the model's context; `nil` never drops examples.
  var fits: PromptFits?
}
