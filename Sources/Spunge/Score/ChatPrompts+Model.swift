package import Evaluation
package import LanguageModels

extension ChatPrompts {
  /// Prompts in the chat format of a model.
  ///
  /// - Parameters:
  ///   - name: name of one of several templates; nil for the default.
  ///   - fewShotAsMultiturn: whether few-shot examples are turns of their own.
  /// - Throws: `ModelError` if the model has no such template, `TemplateError` if it is broken.
  package init(
    of model: ModelDirectory, template name: String? = nil, fewShotAsMultiturn: Bool = true
  ) throws {
    let source = try model.chatTemplate(named: name)
    self.init(
      template: try ChatTemplate(
        source.text, specialTokens: source.specialTokens, name: "\(source.place): chat template"),
      fewShotAsMultiturn: fewShotAsMultiturn)
  }
}
