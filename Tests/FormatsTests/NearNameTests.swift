import Formats
import Testing

@Suite struct NearNameTests {
  private static let tasks = [
    "arc_challenge", "arc_easy", "hellaswag", "mmlu", "mmlu_anatomy", "piqa", "pubmedqa", "wmdp",
    "wmdp_bio",
  ]

  @Test(
    arguments: [
      // One edit; parts of names; capitals do not count.
      ("arc_eazy", ["arc_easy"]), ("arc", ["arc_easy", "arc_challenge"]),
      ("WMDP-bio", ["wmdp_bio", "wmdp"]), ("hella_swag", ["hellaswag"]),
      ("pubmed", ["pubmedqa"]), ("truthfulqa", []), ("", []),
    ] as [(String, [String])])
  func nearestFirst(name: String, expected: [String]) {
    #expect(NearName.all(to: name, in: Self.tasks, limit: 5) == expected)
  }

  @Test func suggestionsAreASentence() {
    #expect(NearName.suggestion(for: "piqua", in: Self.tasks) == " (did you mean 'piqa'?)")
    #expect(
      NearName.suggestion(for: "arc", in: Self.tasks, limit: 3)
        == " (did you mean 'arc_easy' or 'arc_challenge'?)")
    #expect(
      NearName.suggestion(for: "mmlu_x", in: ["mmlu_a", "mmlu_b", "mmlu_c"], limit: 3)
        == " (did you mean 'mmlu_a', 'mmlu_b' or 'mmlu_c'?)")
    #expect(NearName.suggestion(for: "zzzzzzzz", in: Self.tasks) == "")
    #expect(NearName.suggestion(for: String(repeating: "a", count: 300), in: ["a"]) == "")
  }
}
