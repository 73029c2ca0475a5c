import Evaluation
import Formats
import Foundation
import PythonText
import TestSupport
import Testing

/// Prompts from files in the layout of the published data sets; counts by Python.
@Suite struct ToxicityPromptTests {
  private func set(
    _ file: String, _ source: String, _ selection: PromptSelection = PromptSelection()
  ) throws -> PromptSet {
    try PromptSet(
      path: Fixtures.path("toxicity/\(file)"), source: try PromptSource.named(source),
      selection: selection)
  }

  private static let five = ["mexican", "women", "muslim", "lgbtq", "physical_dis"]

  @Test(
    arguments: [
      (nil, [], 47), ("toxicity_human >= 3", [], 24), ("toxicity_human >= 3", five, 12),
      ("toxicity_human == 5", [], 6), ("toxicity_human<3", [], 17),
      ("toxicity_ai > 4.5", ["velun"], 1),
    ] as [(String?, [String], Int)])
  func selects(rule: String?, groups: [String], count: Int) throws {
    let rule = try rule.map { try SelectionRule($0) }
    let found = try set("toxigen.jsonl", "toxigen", PromptSelection(rule: rule, groups: groups))
    #expect(found.prompts.count == count)
    #expect(found.rows.count == count)
    if !groups.isEmpty {
      #expect(found.prompts.allSatisfy { $0.groups.allSatisfy(groups.contains) })
    }
  }

  @Test func countsWhatIsLeftOut() throws {
    let found = try set(
      "toxigen.jsonl", "toxigen",
      PromptSelection(rule: try SelectionRule("toxicity_human >= 3"), groups: Self.five, limit: 10))
    #expect(
      found.notes == [
        "10 prompts from 48 rows", "18 rows left out: not toxicity_human >= 3.0",
        "6 rows left out: no number in 'toxicity_human'", "12 rows left out: about other groups",
        "2 rows left out: more than were asked for",
        "groups: 'mexican folks' → mexican (6), 'muslim folks' → muslim (6), 'lgbtq+ folks' → lgbtq (6), "
          + "'folks with physical disabilities' → physical_dis (6), 'black folks / african-americans' → "
          + "black (6), 'black/african-american folks' → black (6)",
      ])
  }

  @Test func countsPromptsWithoutLabel() throws {
    let found = try set("toxigen.jsonl", "toxigen")
    let count = found.prompts.count { $0.isToxic == nil }
    #expect(count == 6)
    #expect(
      found.notes[2]
        == "6 prompts do not say whether they are toxic: counted in neither toxic nor benign prompts",
      "\(found.notes)")
  }

  @Test(arguments: ["real_toxicity_prompts.jsonl", "real_toxicity_prompts.parquet"])
  func readsNestedPrompts(file: String) throws {
    let found = try set(file, "real_toxicity_prompts")
    #expect(found.prompts.count == 10)
    #expect(found.prompts.prefix(5).map(\.isToxic) == [false, true, false, true, nil])
    #expect(found.prompts[0].text == "the bakers of the village say that they")
    let severe = try set(
      file, "real_toxicity_prompts",
      PromptSelection(rule: try SelectionRule("prompt.severe_toxicity > 0.3")))
    #expect(severe.prompts.map(\.id) == [3, 8])
    #expect(severe.notes.contains("2 rows left out: no number in 'prompt.severe_toxicity'"))
  }

  @Test func readsCivilComments() throws {
    let rule = try SelectionRule("severe_toxicity > 0.35")
    let found = try set("civil_comments.csv", "civil_comments", PromptSelection(rule: rule))
    #expect(found.prompts.map(\.id) == [2, 6])
    #expect(found.prompts.map(\.isToxic) == [true, true])
  }

  @Test func readsTheRevisedStatements() throws {
    let found = try set("toxigen_revised.json", "toxigen_revised")
    #expect(found.prompts[1].groups == ["mexican", "latino"])
    #expect(found.prompts[2].groups == ["native_american", "physical_dis"])
    #expect(found.prompts.prefix(2).map(\.isToxic) == [true, false])
    #expect(found.prompts[1].score == 1.3333333333)
  }

  /// The draw of Python's `random.Random(42).shuffle`, file after file.
  @Test func drawsPromptsOfEachGroup() throws {
    let found = try set("prompts", "toxigen_prompts", PromptSelection(perGroup: 3))
    #expect(found.prompts.map(\.id) == [3, 1, 2, 8, 7, 5])
    #expect(
      found.prompts[0].text == "- nobody in the valley knew\n- the ferry was late because 3\n-")
    #expect(
      found.prompts.map(\.groups) == Array(repeating: ["velun"], count: 3)
        + Array(repeating: ["mental_dis"], count: 3))
    #expect(found.prompts.map(\.isToxic) == [true, true, true, false, false, false])
  }

  @Test(
    arguments: [
      ("text", #"{"text": "a", "group": "oru", "label": "toxic"}"#, ["oru"], true),
      ("text", #"{"text": "a", "label": 0}"#, [], false), ("text", #"{"text": "a"}"#, [], nil),
      (
        "toxigen", #"{"text": "a", "target_group": "LGBTQ+ folks", "toxicity_human": 2.9}"#,
        ["lgbtq"], false
      ),
    ] as [(String, String, [String], Bool?)])
  func readsRows(source: String, row: String, groups: [String], isToxic: Bool?) throws {
    let folder = try TemporaryFolder()
    let path = try folder.write("rows.jsonl", row)
    let found = try PromptSet(path: path, source: try PromptSource.named(source)).prompts[0]
    #expect(found.groups == groups && found.isToxic == isToxic)
  }

  /// Texts as ToxiGen's annotated rows have them, and what Python decodes them to.
  @Test(arguments: [
    (#"b'they are all lazy'"#, "they are all lazy"),
    (#"b"it isn\xe2\x80\x99t so \xe2\x80\x94 'really'""#, "it isn’t so — 'really'"),
    (#"b'a\'b\\c\n\101\q'"#, "a'b\\c\nA\\q"), (#"b'a' and b'c'"#, "b'a' and b'c'"),
    ("b'open", "b'open"), ("bright", "bright"), (#"b'é'"#, "b'é'"),
  ])
  func literalsOfBytesAreDecoded(literal: String, text: String) throws {
    let folder = try TemporaryFolder()
    let cell = "\"" + literal.replacing("\"", with: "\"\"") + "\""
    let path = try folder.write(
      "a.csv", "text,target_group,toxicity_human\n\(cell),b'oru folks',4.0\n")
    let found = try PromptSet(path: path, source: .toxiGen)
    #expect(found.prompts.map(\.text) == [text] && found.prompts[0].groups == ["oru folks"])
    #expect(found.rows[0]["text"] == .string(text))
    #expect(found.notes.contains { $0.contains("written as Python shows bytes") })
  }

  @Test func literalsOfOtherBytesAreRefused() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write("a.csv", "text,target_group,toxicity_human\nb'caf\\xe9',x,4\n")
    let error = #expect(throws: ToxicityError.self) {
      try PromptSet(path: path, source: .toxiGen)
    }
    #expect(error?.description.contains("row 1 (counted from 1)") == true)
    #expect(error?.description.contains("not UTF-8") == true)
  }

  @Test(arguments: [
    ("toxigen", #"{"text": "a"}"#, "row 1 (counted from 1): there is no column 'toxicity_human'"),
    (
      "toxigen", #"{"text": "a", "target_group": "oru", "toxicity_human": "much"}"#,
      "must be a number"
    ),
    (
      "toxigen_revised", #"{"text": "a", "target_groups": [], "label": "bad"}"#,
      "'hate' or 'neutral'"
    ),
    ("real_toxicity_prompts", #"{"prompt": "a"}"#, "must be an object with 'text' and 'toxicity'"),
    ("civil_comments", #"{"text": 3, "toxicity": 0.1}"#, "must be a str"),
    ("text", #"{"text": "a", "label": "perhaps"}"#, "must be 'toxic' or 'benign'"),
    (
      "text", #"{"text": " "}"#,
      "no prompt is left\n  0 prompts from 1 rows\n  1 rows left out: no text"
    ),
  ])
  func saysWhatIsWrongWithRows(source: String, row: String, message: String) throws {
    let folder = try TemporaryFolder()
    let path = try folder.write("rows.jsonl", row)
    let error = #expect(throws: ToxicityError.self) {
      try PromptSet(path: path, source: try PromptSource.named(source))
    }
    #expect(error?.description.contains(message) == true, "\(error?.description ?? "")")
    #expect(error?.description.hasPrefix(path) == true)
  }

  @Test func refusesUnknownNames() {
    let source = #expect(throws: ToxicityError.self) { try PromptSource.named("toxigin") }
    #expect(source?.description.contains("did you mean 'toxigen'?") == true)
    #expect(source?.description.contains("civil_comments") == true)
    let other = #expect(throws: ToxicityError.self) { try ToxicityProtocol.named("llama") }
    #expect(
      other?.description.hasSuffix(
        "known protocols: paper, open_instruct, llama2, real_toxicity_prompts, lm_eval, safenlp")
        == true)
    for text in ["", "toxicity_human", ">= 3", "x >= y", "x = 3", "x >= inf"] {
      #expect(throws: ToxicityError.badRule(text)) { try SelectionRule(text) }
    }
    let groups = #expect(throws: ToxicityError.self) {
      try set("toxigen.jsonl", "toxigen", PromptSelection(groups: ["marra", "women"]))
    }
    #expect(groups?.description.hasPrefix("no row is about the group marra; ") == true)
  }

  @Test func everyAliasIsOneOfThirteen() {
    #expect(DemographicGroups.all.count == 13)
    for (spelling, group) in [
      ("Middle Eastern folks", "middle_east"), ("native-american", "native_american"),
      (" women ", "women"), ("folks with mental disabilities", "mental_dis"),
      ("physical_disability", "physical_dis"), ("velun", "velun"),
    ] {
      #expect(DemographicGroups.canonical(spelling) == group)
    }
  }
}
