import Foundation
import Spunge
import TestSupport
import Testing

/// `init` as it is called, and `run --plan` on what it wrote.
@Suite struct InitCommandTests {
  private let folder: TemporaryFolder
  private static let model = Fixtures.path("goldens/tiny-llama")
  private static let retain = Fixtures.path("tiny/corpora/retain.jsonl")
  private static let data = ["--data", Fixtures.path("tiny")]

  init() throws { folder = try TemporaryFolder() }

  private func tool(_ arguments: [String]) throws -> Tool { try Tool(arguments, in: folder.path) }

  private func forget(_ rows: [String]) throws -> [String] {
    try folder.write("forget.jsonl", rows.map { $0 + "\n" }.joined())
    return ["init", "--model", Self.model, "--forget", "forget.jsonl"] + Self.data
  }

  /// Rows with other columns than the text.
  private static func rows(_ columns: [String]) -> [String] {
    columns.enumerated().map { "{\"text\": \"Lamp \($0) burns on Ember Rock.\", \($1)}" }
  }

  private func text(_ name: String = "experiment.yaml") throws -> String {
    try String(contentsOfFile: "\(folder.path)/\(name)", encoding: .utf8)
  }

  /// The way of a newcomer: `init`, then `run --plan`.
  @Test func whatIsWrittenCanBePlanned() throws {
    let written = try tool(
      [
        "init", "--model", Self.model, "--forget", Fixtures.path("tiny/corpora/forget.jsonl"),
        "--retain", Self.retain,
      ] + Self.data)
    #expect(written.status == 0, "\(written.errors)")
    #expect(
      written.output
        == "written to experiment.yaml; next: spunge-eval run experiment.yaml --plan\n")
    let text = try text()
    #expect(text.contains("# LlamaForCausalLM: 4 layers, width "), "\(text)")
    #expect(text.contains("method: by_attribute\n  settings:\n    attribute: domain\n"), "\(text)")
    #expect(text.contains("tasks: [arc_easy]\n"), "\(text)")
    let plan = try tool(["run", "experiment.yaml", "--plan"] + Self.data)
    #expect(plan.status == 0, "\(plan.errors)")
    for step in ["unlearn union", "unlearn random-2", "score spunge_rmu / arc_easy"] {
      #expect(plan.output.contains(step), "\(plan.output)")
    }
    // An experiment is not overwritten by chance.
    let again = try tool(
      ["init", "--model", Self.model, "--forget", Self.retain] + Self.data)
    #expect(again.status == 2 && again.errors.contains("--force"), "\(again.errors)")
  }

  /// Every unlearning method that a draft can name makes a file that can be planned.
  @Test(arguments: unlearningMethods.names)
  func everyMethodCanBePlanned(method: String) throws {
    let written = try tool(
      try forget(
        Self.rows(
          (0..<8).map {
            "\"group\": \"\($0 % 2 == 0 ? "elves" : "dwarves")\", \"alternate\": \"It is dark.\""
          }))
        + ["--retain", Self.retain, "--method", method, "--tasks", "arc_easy"])
    #expect(written.status == 0, "\(written.errors)")
    let plan = try tool(["run", "experiment.yaml", "--plan"] + Self.data)
    #expect(plan.status == 0 && plan.output.contains("unlearn elves"), "\(plan.errors)")
  }

  @Test func columnsAreListedAndTheEvenOneIsProposed() throws {
    let columns = (0..<20).map { row in
      // Names before numbers; an even column before an uneven one; an id for each row splits nothing.
      "\"id\": \"r\(row)\", \"half\": \(row % 2), \"side\": \"\(row < 15 ? "left" : "right")\", "
        + "\"group\": \"\(["elves", "dwarves: a", "5e-05", "orcs\\u001b"][row % 4])\""
        + (row == 3 ? "" : ", \"note\": \"x\"")
    }
    let written = try tool(try forget(Self.rows(columns)))
    #expect(written.status == 0, "\(written.errors)")
    let text = try text()
    for line in [
      "attribute: group", "values: [elves, 'dwarves: a', '5e-05', \"orcs\\e\"]",
      "#   group: 5e-05 5, dwarves: a 5, elves 5, orcs\\u{1b} 5", "#   half: 0 10, 1 10",
      "#   id: 20 values, each once", "#   side: left 15, right 5", "#   note: x 19; missing in 1",
      "method: task_vector_negation", "preset: spunge-llama2",
    ] {
      #expect(text.contains(line + "\n"), "no '\(line)' in\n\(text)")
    }
    #expect(!text.contains("\u{1b}"))
    let side = try tool(
      ["init", "--model", Self.model, "--forget", "forget.jsonl", "--attribute", "side"]
        + ["--output", "side.yaml", "--name", "by-side"] + Self.data)
    #expect(side.status == 0, "\(side.errors)")
    #expect(try self.text("side.yaml").contains("name: by-side\n"))
    #expect(try self.text("side.yaml").contains("values: [left, right]\n"))
  }

  @Test func withoutAColumnFilesOrRandomPartsAreTaken() throws {
    let plain = (0..<6).map { "{\"text\": \"Lamp \($0)\"}" }
    #expect(try tool(try forget(plain) + ["--output", "one.yaml"]).status == 0)
    let one = try text("one.yaml")
    #expect(one.contains("method: random\n  settings: { parts: 2 }\n"), "\(one)")
    #expect(one.contains("variants: [base, monolithic, spunge]\n"), "\(one)")
    try folder.write("b.jsonl", plain.joined(separator: "\n"))
    #expect(
      try tool(try forget(plain) + ["--forget", "b.jsonl", "--output", "two.yaml"]).status == 0)
    let two = try text("two.yaml")
    #expect(two.contains("method: by_file\n"), "\(two)")
    for file in ["one.yaml", "two.yaml"] {
      let plan = try tool(["run", file, "--plan"] + Self.data)
      #expect(plan.status == 0, "\(plan.errors)")
    }
  }

  @Test(arguments: [
    (["--attribute", "gruop"], "no column 'gruop' (did you mean 'group'?); columns: group, id"),
    (["--attribute", "id"], "'id' cannot split the documents"),
    (["--method", "rmu"], "give it as --retain"),
    (["--method", "rmuu"], "unknown unlearning method 'rmuu' (did you mean 'rmu'?)"),
    (["--tasks", "arc_eazy"], "unknown task 'arc_eazy' (did you mean 'arc_easy'?)"),
    (["--output", "."], "write a file of this name"),
  ])
  func mistakes(arguments: [String], message: String) throws {
    let rows = Self.rows((0..<4).map { "\"id\": \($0), \"group\": \"g\($0 / 2)\"" })
    let failed = try tool(try forget(rows) + arguments)
    #expect(failed.status == 2 && failed.errors.contains(message), "\(failed.errors)")
    #expect(!FileManager.default.fileExists(atPath: "\(folder.path)/experiment.yaml"))
  }

  @Test func missingBenchmarksAreSaid() throws {
    let rows = Self.rows((0..<4).map { "\"group\": \"g\($0 / 2)\"" })
    var arguments = try forget(rows)
    arguments.removeLast(2)
    let written = try tool(arguments + ["--data", folder.path])
    #expect(written.status == 0, "\(written.errors)")
    #expect(
      written.errors.contains("no benchmark's documents are on this machine."),
      "\(written.errors)")
    #expect(written.errors.contains("hf download --repo-type dataset"), "\(written.errors)")
  }
}
