import Foundation
import TestSupport
import Testing

@testable import Evaluation

/// The Swift twins of harness functions, on invented documents.
@Suite struct TaskHookTests {
  /// Values computed with lm-evaluation-harness 0.4.13.
  @Test(arguments: [
    (
      "  A man [header] Foo  bar   baz [title] Step one. [substeps] do  it",
      "A man Foo bar  baz. Step one. do it"
    ),
    ("[title] X", " X"), (" [title] y  [step] z", " y  z"), ("a [b\nc] d", "a [b\nc] d"),
    ("[[x] y]", " y]"),
  ])
  func hellaSwagText(text: String, expected: String) {
    #expect(HellaSwagHooks.cleaned(text) == expected)
  }

  @Test func hellaSwagDocument() throws {
    let document = try HellaSwagHooks.processDocument(
      Document([
        ("ctx_a", .string("The tide turns.")), ("ctx_b", .string("the FERRY")),
        ("activity_label", .string("Sailing")), ("label", .string("1")),
        ("endings", .list([.string(" sinks. "), .string("waits [step] here.")])),
      ]))
    #expect(document["query"] == .string("Sailing: The tide turns. The ferry"))
    #expect(document["choices"] == .list([.string("sinks."), .string("waits here.")]))
    #expect(document["gold"] == .integer(1))
  }

  @Test func winoGrande() throws {
    let document = Document([
      ("sentence", .string("The net tore on the rock so the _ was mended.")),
      ("option1", .string("rock")), ("option2", .string("net")), ("answer", .string("2")),
    ])
    #expect(try WinoGrandeHooks.text(document) == .integer(1))
    #expect(try WinoGrandeHooks.target(document) == .string("was mended."))
    #expect(
      try WinoGrandeHooks.choices(document)
        == .list([
          .string("The net tore on the rock so the rock"),
          .string("The net tore on the rock so the net"),
        ]))
    let error = #expect(throws: TemplateFault.self) {
      try WinoGrandeHooks.text(Document([("answer", .string("3"))]))
    }
    #expect(error?.message.contains("must be \"1\" or \"2\"") == true)
  }

  @Test(arguments: [([1, 1, 0, 0], 0.6483623338944073), ([0, 1, 0, 1], 0.23851917306968667)])
  func truthfulQASecondForm(labels: [Int], expected: Double) throws {
    let document = Document([
      (
        "mc2_targets",
        .mapping(TemplateMapping([("labels", .list(labels.map { .integer($0) }))]))
      )
    ])
    let answers = [-1, -2, -1.5, -3].map {
      LogLikelihoodAnswer(logLikelihood: $0, isGreedy: false, tokens: 1)
    }
    let scores = try TruthfulQAHooks.scoreSecondForm(document, answers, .current)
    expectClose(scores["acc"] ?? .nan, expected, absolute: 1e-15)
  }

  /// Generated text, reference, and whether they match under GSM8K's options.
  @Test(arguments: [
    ("1,234", "He #### 1234", 1.0), ("18.", "x #### 18", 1), ("$18", "#### 18", 1),
    ("18.0", "#### 18", 0), ("[invalid]", "#### 5", 0), ("40", "#### 3 #### 40", 1),
  ])
  func exactMatch(prediction: String, reference: String, expected: Double) throws {
    let patterns = try [",", "\\$", "(?s).*#### ", "\\.$"].map { try PythonRegex($0) }
    let match = ExactMatch(ignoredPatterns: patterns, ignoresCase: true)
    #expect(try match.score(prediction, reference) == expected)
    let loose = ExactMatch(ignoresPunctuation: true, ignoresDigits: true)
    #expect(try loose.score("A-b 12!", "Ab ") == 1)
  }
}
