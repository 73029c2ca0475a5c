import Foundation
import Testing

@testable import Spunge

/// A congruential generator, so that Split needs nothing from Tensors.
struct TestGenerator: RandomNumberGenerator {
  var state: UInt64
  mutating func next() -> UInt64 {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return state
  }
}

@Suite struct SplitTests {
  private func document(
    _ text: String, _ domain: String?, file: String = "f.jsonl", line: Int = 1
  ) -> ForgetDocument {
    .init(.text(text), attributes: domain.map { ["domain": $0] } ?? [:], file: file, line: line)
  }

  private func split(
    _ documents: [ForgetDocument], _ splitter: some Splitter, seed: UInt64 = 1
  ) throws -> Split {
    var context = SplitContext(random: TestGenerator(state: seed))
    return try splitter.split(documents, in: &context)
  }

  private var mixed: [ForgetDocument] {
    ["b", "a", "b", "c", "a", "c", "b"].enumerated().map {
      document("t\($0)", $1, file: $0 < 4 ? "x/one.jsonl" : "x/two.jsonl", line: $0 + 1)
    }
  }

  @Test func byAttributeKeepsOrder() throws {
    let result = try split(mixed, ByAttribute())
    #expect(result.parts.map(\.name) == ["b", "a", "c"])
    #expect(result.parts[0].documents.map(\.text) == ["t0", "t2", "t6"])
    #expect(result.dropped.isEmpty)
  }

  @Test func chosenValuesDropTheOthers() throws {
    var splitter = ByAttribute()
    splitter.values = ["c", "b"]
    let result = try split(mixed, splitter)
    #expect(result.parts.map(\.name) == ["c", "b"])
    #expect(result.dropped == ["domain 'a' is not in values": 2])
    splitter.values = ["c", "d"]
    #expect(throws: SplitError.unknownValue("d", attribute: "domain", known: ["b", "a", "c"])) {
      try split(mixed, splitter)
    }
  }

  @Test func corporaThatCannotBeSplit() throws {
    #expect(throws: SplitError.noDocuments(files: [])) { try split([], ByAttribute()) }
    #expect(throws: SplitError.noDocuments(files: [])) { try split([], Single()) }
    #expect(throws: SplitError.missingAttribute("domain", file: "g.jsonl", line: 9, known: [])) {
      try split(mixed + [document("t", nil, file: "g.jsonl", line: 9)], ByAttribute())
    }
    #expect(throws: SplitError.smallPart("z", documents: 1, minimum: 2)) {
      try split(mixed + [document("t", "z")], ByAttribute())
    }
    var lenient = ByAttribute()
    lenient.minimumDocuments = 1
    #expect(try split(mixed + [document("t", "z")], lenient).parts.count == 4)
    let error = #expect(throws: SplitError.self) {
      try split([document("t", "a"), document("u", "a")], ByAttribute())
    }
    #expect(
      error?.description
        == "splitting by 'domain' gives 1 part, but at least 2 are needed; "
        + "choose an attribute with several values, or use the split method 'single'")
  }

  @Test func byFileNamesPartsLikeFiles() throws {
    let result = try split(mixed, ByFile())
    #expect(result.parts.map(\.name) == ["one", "two"])
    #expect(result.parts.map(\.documents.count) == [4, 3])
    let sameName = mixed.map { document in
      var document = document
      document.file = document.file == "x/one.jsonl" ? "x/d.jsonl" : "y/d.jsonl"
      return document
    }
    #expect(try split(sameName, ByFile()).parts.map(\.name) == ["x/d.jsonl", "y/d.jsonl"])
  }

  @Test func randomPartsAreEqualAndRepeatable() throws {
    let documents = (0..<101).map { document("t\($0)", "a", line: $0 + 1) }
    var splitter = RandomParts()
    splitter.parts = 3
    let result = try split(documents, splitter, seed: 5)
    #expect(result.parts.map(\.documents.count) == [34, 34, 33])
    #expect(Set(result.parts.flatMap(\.documents)) == Set(documents))
    #expect(result == (try split(documents, splitter, seed: 5)))
    #expect(result != (try split(documents, splitter, seed: 6)))
    for lines in result.parts.map({ $0.documents.map(\.line) }) { #expect(lines == lines.sorted()) }
    splitter.parts = 51
    #expect(throws: SplitError.smallPart("random-51", documents: 1, minimum: 2)) {
      try split(documents, splitter)
    }
    #expect(throws: SettingsError.self) { try RandomParts(assignments: ["parts=1"]) }
  }

  @Test func theUnionStillKnowsItsGroups() throws {
    let result = try split(mixed, Single())
    #expect(result.parts.map(\.name) == ["union"])
    #expect(result.parts[0].documents == mixed)
    #expect(try result.parts[0].groups(by: "domain").map(\.documents.count) == [3, 2, 2])
  }

  @Test func corporaAreRead() throws {
    let rows = """
      {"text": "eins", "domain": "a", "year": 2020.0, "open": true, "tags": ["x"], "none": null}\r

      {"ids": [1, 2, 3.0], "part": 0.25, "size": 9007199254740993}
      {"text": "  "}
      {"ids": []}
      """
    let (documents, dropped) = try CorpusFile.parse(Array(rows.utf8), file: "c.jsonl")
    #expect(
      documents == [
        .init(
          .text("eins"), attributes: ["domain": "a", "year": "2020", "open": "true"],
          file: "c.jsonl", line: 1),
        .init(
          .ids([1, 2, 3]), attributes: ["part": "0.25", "size": "9007199254740993"],
          file: "c.jsonl", line: 3),
      ])
    #expect(dropped == 2)
  }

  @Test(arguments: [
    (
      #"{"txt": "a", "domain": "b"}"#,
      "neither 'text' nor 'ids', nor 'prompt' and 'completion'; its columns are: domain, txt"
    ),
    (#"{"text": "a", "ids": [1]}"#, "both 'text' and 'ids'"),
    (#"{"text": 5}"#, "'text' is not a string"),
    (#"{"ids": [1, -2]}"#, "'ids' is not a list of token ids"),
    (#"{"ids": [1, 2.5]}"#, "'ids' is not a list of token ids"),
    (#"{"text": "a""#, "not a JSON object"),
    ("[1]", "not a JSON object"),
  ])
  func rowsThatAreWrong(row: String, message: String) throws {
    let error = #expect(throws: SplitError.self) {
      try CorpusFile.parse(Array((#"{"text": "a"}"# + "\n" + row).utf8), file: "c.jsonl")
    }
    #expect(error?.description.hasPrefix("c.jsonl:2: ") == true)
    #expect(error?.description.contains(message) == true, "\(error?.description ?? "")")
  }

  @Test func filesThatAreNotThere() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "\(UUID())")
    #expect(throws: SplitError.unreadable(file: folder.path, reason: "there is no such file")) {
      try CorpusFile.read([folder])
    }
    let root = URL(filePath: "/")
    #expect(throws: SplitError.unreadable(file: "/", reason: "it is a folder; give a file")) {
      try CorpusFile.read([root])
    }
  }
}
