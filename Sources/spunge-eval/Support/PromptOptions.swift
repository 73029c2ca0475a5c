import ArgumentParser
import Evaluation
import LanguageModels
import Spunge

/// How documents become prompts for one model.
struct PromptOptions: ParsableArguments {
  /// What is done about prompts that are longer than the model's context.
  enum Truncation: String, ExpressibleByArgument, CaseIterable {
    case dropExamples = "drop-examples"
    case left
  }

  @Flag(help: "Put prompts into the model's chat format.") var applyChatTemplate = false

  @Option(
    help: ArgumentHelp(
      "Which of the model's chat templates; implies --apply-chat-template.", valueName: "name"))
  var chatTemplate: String?

  @Option(help: ArgumentHelp("Text in front of every prompt.", valueName: "text"))
  var systemInstruction: String?

  @Flag(
    inversion: .prefixedNo,
    help: "Few-shot examples as turns of the chat (default), or in one message.")
  var fewshotAsMultiturn: Bool?

  @Option(
    help:
      "Prompts too long: leave out whole examples first, or only cut from the left (as lm-eval).")
  var truncation: Truncation = .dropExamples

  private var isChat: Bool { applyChatTemplate || chatTemplate != nil }

  func validate() throws {
    if fewshotAsMultiturn == true, !isChat {
      throw ValidationError("--fewshot-as-multiturn needs --apply-chat-template: turns of a chat")
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

/// What is done to prompts besides what their task says.
struct PromptPreparation {
  var chat: ChatPrompts?
  var systemInstruction: String?
  /// Whether a prompt fits the model; `nil` leaves no examples out.
  var fits: PromptFits?
}
