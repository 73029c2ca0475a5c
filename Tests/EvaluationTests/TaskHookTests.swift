import Formats
import Foundation
import PythonText
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
        .mapping(Mapping([("labels", .list(labels.map { .integer($0) }))]))
      )
    ])
    let answers = [-1, -2, -1.5, -3].map {
      LogLikelihoodAnswer(logLikelihood: $0, isGreedy: false, tokens: 1)
    }
    let scores = try TruthfulQAHooks.scoreSecondForm(document, answers, .current)
    expectClose(scores["acc"] ?? .nan, expected, absolute: 1e-15)
  }

  /// The answers before the first false one, which is how the second version of the task has it.
  @Test func truthfulQASecondFormOfThePaper() throws {
    func score(_ labels: [Int]) throws -> Double? {
      let list = Value.list(labels.map { .integer($0) })
      let document = Document([
        ("mc2_targets", .mapping(Mapping([("labels", list)])))
      ])
      let answers = [-1, -2, -1.5, -3].map {
        LogLikelihoodAnswer(logLikelihood: $0, isGreedy: false, tokens: 1)
      }
      return try TruthfulQAHooks.scoreSecondForm(document, answers, .paper)["acc"]
    }
    expectClose(try score([1, 1, 0, 0]) ?? .nan, 0.6483623338944073, absolute: 1e-15)
    #expect(try score([0, 1, 0, 1]) == 0)
    #expect(throws: TemplateFault.self) { try score([1, 1, 1, 1]) }
  }

  /// Options and choices, from lm-evaluation-harness 0.4.13.
  @Test(arguments: [
    (
      "a ) 38 , b ) 27.675 , c ) 30 , d ) none known , e ) none of these",
      ["38", "27.675", "30", "none known", "none of these"]
    ),
    ("a ) 1,000 , b ) 2 , c ) rs . 3 , d ) 4 , e ) 5 ", ["1,000", "2", "rs . 3", "4", "5"]),
    ("['a ) 5', 'b ) 7', 'c ) 9', 'd ) 11', 'e ) 13']", ["5'", "7'", "9'", "11'", "13']"]),
    ("a ) a ) x , b ) y , c ) z , d ) w , e ) v", ["a ) x", "y", "z", "w", "v"]),
  ])
  func mathQAChoices(options: String, choices: [String]) throws {
    let found = try MathQAHooks.choices(Document([("options", .string(options))]))
    #expect(found == .list(choices.map { .string($0) }))
  }

  @Test(arguments: [(3.0, 2.5, 0), (3.0, 2.6, 1), (5, 1, 1)])
  func toxiGenTarget(machine: Double, human: Double, target: Int) throws {
    let document = Document([
      ("toxicity_ai", .float(machine)), ("toxicity_human", .float(human)),
    ])
    #expect(try ToxiGenHooks.target(document) == .integer(target))
  }

  /// Page, text, and words and bytes of the page, from lm-evaluation-harness 0.4.13.
  @Test(arguments: [
    (
      " = Tide = \n \n The crew 's boat , 2 @,@ 000 tons , left at 7 @.@ 30 ; \" so long \" "
        + "( they said ) : N men ' waved ' . \n",
      " = Tide =\n\nThe crew's boat, 2,000 tons, left at 7.30; \"so long\" (they said): 1 men' "
        + "waved '.\n", 36.0, 116.0
    ),
    (
      "= = = Reef = = = \n {  a [ b ( c ] d } 12 \u{b0} N \" open",
      "=== Reef ===\n{a [b ( c] d} 12\u{b0}N \" open", 21, 52
    ),
    ("/' 7/ s ' x 's ! ? . , end", "/'[0-9]/ s' x's! ?., end", 11, 26),
  ])
  func wikiText(page: String, text: String, words: Double, bytes: Double) throws {
    let document = Document([("page", .string(page))])
    #expect(try WikiTextHooks.text(document) == .string(text))
    let answer = LogLikelihoodAnswer(logLikelihood: -9, isGreedy: false, tokens: 4)
    let scores = try WikiTextHooks.score(document, [answer], .current)
    #expect(scores["words"] == words && scores["bytes"] == bytes)
    #expect(scores["word_perplexity"] == -9 && scores["bits_per_byte"] == -9)
  }

  /// Generated text, reference, and whether they match under GSM8K's options.
  @Test(arguments: [
    ("1,234", "He #### 1234", 1.0), ("18.", "x #### 18", 1), ("$18", "#### 18", 1),
    ("18.0", "#### 18", 0), ("[invalid]", "#### 5", 0), ("40", "#### 3 #### 40", 1),
  ])
  func exactMatch(prediction: String, reference: String, expected: Double) throws {
    let patterns = try [",", "\\$", "(?s).*#### ", "\\.$"].map { try PythonRegex($0) }
    let match = ExactMatch(ignoredPatterns: patterns, ignoresCase: true)
    #expect(try match.score(.string(prediction), .one(.string(reference))) == expected)
    let loose = ExactMatch(ignoresPunctuation: true, ignoresDigits: true)
    #expect(try loose.score(.string("A-b 12!"), .one(.string("Ab "))) == 1)
  }

  /// A file that only has the name of one of the harness's is not replaced by a built-in.
  @Test func anotherUtilsFileIsNotReplaced() throws {
    let yaml = """
      task: my_hs
      dataset_path: isles
      test_split: test
      output_type: multiple_choice
      process_docs: !function utils.process_docs
      doc_to_text: "{{query}}"
      doc_to_target: "{{label}}"
      doc_to_choice: choices

      """
    let own = try TemporaryFolder([
      "hellaswag/t.yaml": yaml,
      "hellaswag/utils.py": "def process_docs(dataset):\n    return dataset\n",
    ])
    let error = #expect(throws: TaskError.self) {
      try EvaluationTask(TaskFile(path: own.file("hellaswag/t.yaml")))
    }
    let message = error?.description ?? ""
    #expect(message.contains("t.yaml:5: 'process_docs' is Python"), "\(message)")
    #expect(message.contains("hellaswag/utils.py is not"), "\(message)")
    let without = try TemporaryFolder(["hellaswag/t.yaml": yaml])
    #expect(throws: Never.self) {
      try EvaluationTask(TaskFile(path: without.file("hellaswag/t.yaml")))
    }
  }

  @Test func digestsLeaveOutLinesOfCommentAndLineEnds() {
    let digest = PythonModule.digest("def f(x):\n    return x + ' '\n")
    #expect(
      PythonModule.digest("# why\ndef f(x):  \r\n\n  # what\n    return x + ' '\r\n") == digest)
    for other in [
      "def f(x):\n    return x + ''\n", "def f(x):\n    return x + '#'\n",
      "def f(x):\n  return x + ' '\n",
    ] {
      #expect(PythonModule.digest(other) != digest)
    }
  }
}
