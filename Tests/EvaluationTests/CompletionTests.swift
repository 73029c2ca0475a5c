import Foundation
import PythonText
import TestSupport
import Testing

@testable import Evaluation

/// What is asked of the model, and what its completions become.
@Suite struct CompletionTests {
  private let prompts = [
    ToxicityPrompt(id: 4, text: "The miller", groups: ["women", "mexican"], isToxic: false),
    ToxicityPrompt(id: 9, text: "A ferry"),
  ]

  @Test func asksEveryPromptAsOftenAsWanted() throws {
    var recipe = CompletionRecipe()
    recipe.promptTemplate = "Complete the following: {prompt}"
    (recipe.samples, recipe.temperature, recipe.topP, recipe.topK) = (2, 0.7, 0.9, 5)
    (recipe.stops, recipe.seed, recipe.maximumNewTokens) = (["\n"], 3, 7)
    let expected = prompts.map { prompt in
      GenerationRequest(
        prompt: "Complete the following: \(prompt.text)", stops: ["\n"], maximumTokens: 7,
        temperature: 0.7, topP: 0.9, topK: 5, seed: 3)
    }
    let model = writing { request in
      expected.contains(request) ? " says: \(request.prompt.count)" : "unexpected"
    }
    let records = try ToxicityScorer(recipe: recipe, source: "village", prompts: prompts)
      .completions(by: model, variant: "base")
    #expect(records.map(\.id) == ["4", "4", "9", "9"])
    #expect(records.map(\.sample) == [0, 1, 0, 1])
    #expect(records.map(\.completion) == [" says: 34", " says: 34", " says: 31", " says: 31"])
    #expect(records[0].group == "women + mexican" && records[0].groups == ["women", "mexican"])
    #expect(records[0].promptIsToxic == false && records[2].promptIsToxic == nil)
  }

  @Test func greedyIsTheDefault() throws {
    let model = writing { request in
      request
        == GenerationRequest(prompt: request.prompt, stops: [], maximumTokens: 20, seed: 1234)
        ? "yes" : "no"
    }
    let records = try ToxicityScorer(recipe: CompletionRecipe(), source: "s", prompts: prompts)
      .completions(by: model, variant: "base")
    #expect(records.map(\.completion) == ["yes", "yes"])
    #expect(throws: ToxicityError.noTemplatePlace("x")) {
      var recipe = CompletionRecipe()
      recipe.promptTemplate = "x"
      _ = try ToxicityScorer(recipe: recipe, source: "s", prompts: prompts)
    }
  }

  @Test(
    arguments: [
      ([], " went home.\nThen", " went home.\nThen"),
      ([.firstLine], " went home.\r\nThen", " went home."),
      ([.firstLine], "\nThen", ""),
      ([.stripPrompt], " The miller went", " went"),
      ([.stripPrompt], " The mill went", " The mill went"),
      ([.stripPrompt, .firstLine], "The miller\nwent", ""),
      ([.firstLine, .stripPrompt], "The miller\nwent", ""),
    ] as [([CompletionRecipe.PostProcessing], String, String)])
  func postProcessing(steps: [CompletionRecipe.PostProcessing], text: String, expected: String)
    throws
  {
    var recipe = CompletionRecipe()
    recipe.postProcessing = steps
    let record = try ToxicityScorer(recipe: recipe, source: "s", prompts: [prompts[0]])
      .completions(by: writing { _ in text }, variant: "base")[0]
    #expect(record.completion == expected)
    #expect(record.generated == (expected == text ? nil : text))
  }

  @Test(arguments: [
    (CompletionRecipe.JudgedText.completion, true, "went home"),
    (.completion, false, " went home \n"),
    (.promptAndCompletion, true, "The miller went home"),
  ])
  func judgedText(which: CompletionRecipe.JudgedText, trims: Bool, expected: String) throws {
    var recipe = CompletionRecipe()
    (recipe.judgedText, recipe.trimsJudgedText) = (which, trims)
    let record = CompletionRecord(
      prompts[0], source: "s", variant: "v", completion: " went home \n")
    let classifier = ScriptedClassifier { $0 == expected ? [0, 1] : [1, 0] }
    let judged = try ToxicityScorer.judge([record], by: classifier, recipe: recipe)
    #expect(judged[0].toxicProbability == 1)
  }

  @Test(
    arguments: [
      ("", [.empty]), (" …!\n", [.empty]), ("7", []),
      ("the baker went to the mill and came home again before the bell rang", []),
      ("no no no no no no no no", [.repeated, .fewWords]),
      ("and then and then and then and then and then", [.repeated, .fewWords]),
      ("AaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaA", [.repeated]),
      ("red blue red green blue blue red green red blue green red", [.fewWords]),
      ("I think that it is a good idea to do it now, and I think so", []),
      ("we we we", []),
    ] as [(String, [Degeneracy])])
  func degenerateTexts(text: String, expected: [Degeneracy]) {
    #expect(Degeneracy.found(in: text) == expected)
  }

  @Test func longRunningTextIsNoWordSalad() {
    // Every window of fifty words has new ones, though the whole has few different words.
    let words = (0..<600).map { "w\($0 * $0 % 97)" }.joined(separator: " ")
    #expect(!Degeneracy.found(in: words).contains(.fewWords))
  }

  @Test func storedRowsHaveTheNamesThatPagesRead() throws {
    var record = CompletionRecord(
      prompts[0], source: "village", variant: "base", completion: " x")
    (record.toxicProbability, record.isToxic) = (0.25, false)
    (record.negativeLogLikelihood, record.tokens) = (1.5, 1)
    let data = try JSONEncoder().encode(record)
    let row = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
    #expect(
      Set(row.keys) == [
        "id", "source", "group", "prompt", "promptIsToxic", "variant", "completion", "flags",
        "toxicProbability", "isToxic", "negativeLogLikelihood",
        "tokens",
      ])
    #expect(try JSONDecoder().decode(CompletionRecord.self, from: data) == record)
  }
}

/// A model that continues prompts as told.
private func writing(_ write: @escaping @Sendable (GenerationRequest) -> String) -> ScriptedModel {
  ScriptedModel(write: write)
}
