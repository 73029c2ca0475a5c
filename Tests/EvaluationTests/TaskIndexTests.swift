import Formats
import Foundation
import PythonText
import TestSupport
import Testing

@testable import Evaluation

/// Finding tasks by name: the harness's rules of what a file defines and what a name stands for.
@Suite struct TaskIndexTests {
  static let quiz = """
    dataset_path: sea/isles
    test_split: test
    output_type: multiple_choice
    doc_to_text: "{{question}}"
    doc_to_choice: [reef, bay]
    doc_to_target: answer

    """

  /// Header lines in many forms, and the file's `task`, `group`, `tag`, `include` and `class`.
  static let headers = [
    "task: isles\ntag:\n  - sea\n  - 'north'\n", "task: \"isles\" # name\ntag: [sea, north]\n",
    "description: \"a\ntask: not\n\"\ntask: isles\n", "doc_to_text: |\n  task: not\ntask: isles\n",
    "task:\n- isles\n- task: reefs\n  num_fewshot: 2\ngroup: seas\n",
    "include:\n- a\n- b\n# x\ntag: sea\n",
    "group: seas\ntask:\n  - one\n  - two\n", "class: !function task.Isles\ntask: isles\n",
    "metric_list: [{metric: acc,\n  aggregation: mean}]\ntask: isles\n", "---\ntask: isles\n",
    "\u{feff}task: isles\r\ntag: sea\r\n",
    "task: &name isles\ntag: *name\n",
    "{task: isles, tag: sea}\n",
    "\"task\": isles\n", "base: &base {x: 1}\n<<: *base\ntask: isles\n", "tag: null\ntask: isles\n",
    "tag:\ntask: isles\n", "tag: it's\ntask: a#b\n", "doc_to_choice:\n- \"x\"\n- y\ntask: isles\n",
    "task: isles and\n  bays\n", "tag: ['a', b]\ntask: isles\n", "tag: >-\n  sea\ntask: isles\n",
  ]

  /// The quick look at a file finds what parsing it does.
  @Test(arguments: headers)
  func headersAreReadAsYAML(text: String) throws {
    let folder = try TemporaryFolder(["x.yaml": text])
    let header = try TaskHeader(Array(text.utf8), path: folder.file("x.yaml"))
    var expected: [String: TaskHeader.Value] = [:]
    for (key, setting) in try TaskFile.written(at: folder.file("x.yaml")).entries
    where TaskHeader.keys.contains(key) && !setting.isNull {
      let texts = setting.list?.compactMap(\.string)
      expected[key] =
        if let text = setting.string {
          .text(text)
        } else if let texts,
          texts.count == setting.list?.count
        {
          .list(texts)
        } else { .other }
    }
    #expect(header.values == expected)
  }

  private static let files = [
    "isles/_quiz": quiz,
    "isles/north.yaml": "include: _quiz\ntask: north\ntag: [cold, far]\n",
    "isles/south.yaml": "include: _quiz\ntask: south\ntag: far\nmetadata: {version: 2}\n",
    "isles/west.yaml": "include: _quiz\ntask: west\n",
    "seas.yaml": """
    group: seas
    group_alias: All seas
    task:
      - far
      - {task: west, num_fewshot: 3}
      - group: inner
        description: "Of {{question}}: "
        task: [shore, {group: bays, target_delimiter: ""}]
      - task: whole
        include: isles/_quiz
        num_fewshot: 1
    aggregate_metric_list:
      - {metric: acc, aggregation: mean, filter_list: none}
      - {metric: acc_norm, weight_by_size: false}
    metadata: {version: 1.0}
    """,
    "bays.yaml": "group: bays\ntask: [bay]\ndescription: Bays.\ntarget_delimiter: \"-\"\n",
    "bay.yaml": "include: isles/_quiz\ntask: bay\n",
    "shore.yaml": "include: isles/_quiz\ntask: shore\n",
    "template.yaml": quiz, "__pycache__/x.yaml": "task: hidden\n",
    "zz.yaml": "include: isles/_quiz\ntask: north\ntag: lost\n",
  ]

  private func index() throws -> (TaskIndex, TemporaryFolder) {
    let folder = try TemporaryFolder(Self.files)
    return (try TaskIndex(folder: folder.path), folder)
  }

  @Test func kinds() throws {
    let (index, folder) = try index()
    defer { withExtendedLifetime(folder) {} }
    #expect(index.names(.task) == ["bay", "north", "shore", "south", "west"])
    #expect(index.names(.group) == ["bays", "seas"])
    #expect(index.names(.tag) == ["cold", "far"])
    #expect(index.entries["far"]?.members == ["north", "south"])
    #expect(index.problems.count == 1 && index.problems[0].contains("north.yaml, which counts"))
  }

  @Test func groupsWithOverrides() throws {
    let (index, folder) = try index()
    defer { withExtendedLifetime(folder) {} }
    let selection = try index.select(["seas"])
    let group = try #require(selection.groups.first)
    let inner = TaskGroup(
      name: "seas::inner",
      members: [.task("shore"), .group(TaskGroup(name: "bays", members: [.task("bay")]))])
    #expect(
      group
        == TaskGroup(
          name: "seas", title: "All seas", version: "1.0",
          members: [
            .task("north"), .task("south"), .task("west"), .group(inner), .task("seas::whole"),
          ],
          aggregations: [
            .init(metric: "acc"), .init(metric: "acc_norm", filters: [], weightBySize: false),
          ]))
    #expect(selection.groups.count == 1)
    let tasks = Dictionary(uniqueKeysWithValues: selection.tasks.map { ($0.name, $0) })
    #expect(
      selection.tasks.map(\.name) == ["north", "south", "west", "shore", "bay", "seas::whole"])
    #expect(tasks["west"]?.defaultFewShot == 3 && tasks["south"]?.defaultFewShot == 0)
    #expect(tasks["seas::whole"]?.defaultFewShot == 1)
    // What stands nearer to the root wins.
    #expect(tasks["bay"]?.prompt.targetDelimiter == "")
    #expect(tasks["shore"]?.prompt.targetDelimiter == " ")
    guard case .template(let description)? = tasks["bay"]?.prompt.description?.source else {
      Issue.record("the group gives a description")
      return
    }
    #expect(description.source == "Of {{question}}: ")
  }

  /// Patterns and the tasks that they stand for.
  @Test(arguments: [
    (["far"], ["north", "south"]), (["south,west", " west"], ["south", "west"]),
    (["*o*th"], ["north", "south"]), (["[nw]*"], ["north", "west"]), (["?ay"], ["bay"]),
    (["bays", "shore"], ["bay", "shore"]),
  ])
  func patterns(patterns: [String], tasks: [String]) throws {
    let (index, folder) = try index()
    defer { withExtendedLifetime(folder) {} }
    #expect(try index.select(patterns).tasks.map(\.name) == tasks)
  }

  @Test func pathsOfFiles() throws {
    let (index, folder) = try index()
    #expect(try index.select([folder.file("shore.yaml")]).tasks.map(\.name) == ["shore"])
    #expect(try index.select([folder.file("bays.yaml")]).groups.map(\.name) == ["bays"])
    let all = try index.select([folder.file("isles")])
    #expect(all.tasks.map(\.name) == ["north", "south", "west"])
  }

  @Test(arguments: [
    (["nort"], "did you mean 'north'?"), (["x*"], "unknown task 'x*'"),
    (["west", "seas"], "asked for twice with different settings"), (["none.yaml"], "unknown task"),
  ])
  func mistakes(patterns: [String], message: String) throws {
    let (index, folder) = try index()
    defer { withExtendedLifetime(folder) {} }
    let error = #expect(throws: TaskError.self) { try index.select(patterns) }
    #expect(error?.description.contains(message) == true, "\(String(describing: error))")
  }

  /// Files beside those above, a name, and what is wrong with it.
  @Test(arguments: [
    ("group: a\ntask: [a]\n", "a", "groups contain each other: a → a"),
    ("group: a\ntask: [{group: b, task: [a]}]\n", "a", "a → a::b → a"),
    ("group: a\ntask: [nowhere]\n", "a", "unknown task 'nowhere'"),
    ("group: a\ntask: [{num_fewshot: 1}]\n", "a", "the key 'task' or 'group'"),
    (
      "group: a\ntask: []\naggregate_metric_list: {aggregation: mean}\n", "a",
      "needs the key 'metric'"
    ),
    (
      "group: a\ntask: []\naggregate_metric_list: [{metric: acc, aggregation: median}]\n", "a",
      "the only aggregation is 'mean'"
    ),
  ])
  func faultyGroups(text: String, name: String, message: String) throws {
    let folder = try TemporaryFolder(["a.yaml": text])
    let error = #expect(throws: TaskError.self) {
      try TaskIndex(folder: folder.path).select([name])
    }
    #expect(error?.description.contains(message) == true, "\(String(describing: error))")
  }

  @Test func filesThatDoNotParseHinderNoOthers() throws {
    let folder = try TemporaryFolder([
      "a.yaml": "task: a\n---\ntask: b\n", "b.yaml": "task: [a, b]\n",
      "c.yaml": "include: d.yaml\ntask: c\n", "d.yaml": "include: c.yaml\n",
      "e.yaml": "include: none\ntask: e\n", "f.yaml": Self.quiz + "task: f\n",
    ])
    let index = try TaskIndex(folder: folder.path)
    #expect(index.names == ["f"])
    let parts = ["another document", "needs the key 'group'", "include each other", "none: cannot"]
    for part in parts { #expect(index.problems.contains { $0.contains(part) }, "\(part)") }
  }

  @Test func laterFoldersWin() throws {
    let other = try TemporaryFolder([
      "mine.yaml": Self.quiz + "task: north\ntag: far\nnum_fewshot: 7\n"
    ])
    let (_, folder) = try index()
    let index = try TaskIndex(folders: [folder.path, other.path])
    #expect(try index.tasks(named: "north").map(\.defaultFewShot) == [7])
    #expect(try index.tasks(named: "far").map(\.name) == ["north"])
    #expect(throws: TaskError.self) { try TaskIndex(folders: [folder.file("none")]) }
  }

  /// The key `group` beside a task's name was a tag, and a template's last newline was dropped.
  @Test func profiles() throws {
    let folder = try TemporaryFolder([
      "old.yaml": Self.quiz + "task: old\ngroup: [era, past]\ndescription: \"Once.\\n\\n\"\n",
      "older.yaml": Self.quiz + "task: older\ngroup: era\n",
    ])
    let past = try TaskIndex(folder: folder.path, profile: .paper)
    #expect(try past.select(["era"]).tasks.map(\.name) == ["old", "older"])
    #expect(past.problems.isEmpty)
    let today = try TaskIndex(folder: folder.path)
    #expect(today.names(.task).isEmpty && today.problems.count == 2)
    #expect(today.problems[1].contains("write it behind 'tag:'"))

    let document = Document([("question", .string("How far?")), ("answer", .integer(0))])
    for (profile, prompt) in [
      (HarnessProfile.paper, "Once.\nHow far?"), (.current, "Once.\n\nHow far?"),
    ] {
      let task = try EvaluationTask(TaskFile(path: folder.file("old.yaml")), profile: profile)
      let evaluator = try Evaluator(
        task: task, documents: TaskDocuments(evaluated: [document]))
      guard case .logLikelihoods(let requests) = evaluator.questions[0].requests else { return }
      #expect(requests[0].context == prompt)
    }
  }
}
