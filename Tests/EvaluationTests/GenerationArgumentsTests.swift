import Formats
import PythonText
import Testing

@testable import Evaluation

/// `--gen-kwargs` as lm-evaluation-harness reads it.
@Suite struct GenerationArgumentsTests {
  @Test(arguments: [
    ([], "{}"), (["max_gen_toks=8,do_sample=False"], #"{"max_gen_toks": 8, "do_sample": false}"#),
    (["temperature=0.5"], #"{"temperature": 0.5}"#),
    (["until=['a,b', \"c\"],x=y"], #"{"until": ["a,b", "c"], "x": "y"}"#),
    (
      [#"{"until": ["."], "max_gen_toks": 3}"#, "max_gen_toks=4"],
      #"{"until": ["."], "max_gen_toks": 4}"#
    ),
    (["stop=a=b"], #"{"stop": "a=b"}"#),
  ])
  func values(texts: [String], expected: String) throws {
    #expect(try Value.mapping(GenerationArguments(texts).values).pythonJSON() == expected)
  }

  @Test(arguments: ["until", "=3", "{\"a\": }", "a=1,b"])
  func whatIsNoArgumentIsRefused(text: String) {
    #expect(throws: GenerationArgumentsError.self) { try GenerationArguments([text]) }
  }
}
