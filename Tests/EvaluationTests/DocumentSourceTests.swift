import Formats
import Foundation
import PythonText
import TestSupport
import Testing

@testable import Evaluation

/// Which files are read for a split. Every file of a case holds one row that says the file's name.
@Suite struct DocumentSourceTests {
  struct Case: Sendable, CustomTestStringConvertible {
    var name: String
    /// Below the data root (`root/…`) or the hub's cache (`hub/…`).
    var files: [String]
    /// Other files: name → contents.
    var texts: [String: String] = [:]
    /// Lines of the task file besides the questions.
    var task = "dataset_path: sea/isles\ntest_split: test"
    /// Files whose rows are read, or a part of the error's description.
    var read: [String] = []
    var error: String?
    var testDescription: String { name }
  }

  private static func documents(_ test: Case) throws -> [Document] {
    let folder = try TemporaryFolder()
    func write(_ name: String, _ text: String) throws {
      let url = URL(filePath: folder.path).appending(path: name)
      try FileManager.default.createDirectory(
        at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data(text.utf8).write(to: url)
    }
    for file in test.files {
      let isTable = file.hasSuffix("csv") || file.hasSuffix("tsv")
      try write(file, isTable ? "file\n\(file)\n" : "{\"file\": \"\(file)\"}\n")
    }
    for (name, text) in test.texts { try write(name, text) }
    let settings = test.task.replacing("ROOT", with: "\(folder.path)/root")
    try write("quiz.yaml", "task: quiz\ndoc_to_text: q\ndoc_to_target: a\n" + settings + "\n")
    let task = try EvaluationTask(TaskFile(path: "\(folder.path)/quiz.yaml"))
    let hasRoot = test.files.contains { $0.hasPrefix("root/") }
    return try TaskDocuments.load(
      task, root: hasRoot ? "\(folder.path)/root" : nil,
      hub: HubCache(environment: ["HF_HOME": folder.path])
    ).evaluated
  }

  @Test(arguments: folders + named + hub + mistakes)
  func filesAreFound(test: Case) throws {
    if let part = test.error {
      let error = #expect(throws: TaskError.self) { try Self.documents(test) }
      #expect(error?.description.contains(part) == true, "\(error?.description ?? "")")
    } else {
      let files = try Self.documents(test).map { $0["file"]?.text ?? "" }
      #expect(files == test.read)
    }
  }

  private static let configured = "dataset_path: sea/isles\ndataset_name: north\ntest_split: test"

  static let folders = [
    Case(
      name: "a file named like the split",
      files: ["root/isles/test.jsonl", "root/isles/testing.jsonl", "root/isles/train.jsonl"],
      read: ["root/isles/test.jsonl"]),
    Case(
      name: "the whole path before its last part",
      files: ["root/isles/test.jsonl", "root/sea/isles/test.csv"],
      read: ["root/sea/isles/test.csv"]),
    Case(
      name: "the task's name", files: ["root/quiz/test.json"], read: ["root/quiz/test.json"]),
    Case(
      name: "the configuration's folder",
      files: ["root/isles/north/test.tsv", "root/quiz/test.csv"],
      task: configured, read: ["root/isles/north/test.tsv"]),
    Case(
      name: "shards in order",
      files: [
        "root/isles/north/test-00001-of-00002.jsonl", "root/isles/north/test-00000-of-00002.jsonl",
        "root/isles/north/train-00000-of-00001.jsonl",
      ], task: configured,
      read: [
        "root/isles/north/test-00000-of-00002.jsonl", "root/isles/north/test-00001-of-00002.jsonl",
      ]),
    Case(
      name: "shards below data",
      files: ["root/isles/data/test-00000-of-00001.jsonl", "root/isles/data/train.jsonl"],
      read: ["root/isles/data/test-00000-of-00001.jsonl"]),
    Case(
      name: "a folder named like the split",
      files: ["root/isles/north/test/0000.jsonl", "root/isles/north/test/0001.jsonl"],
      task: configured,
      read: ["root/isles/north/test/0000.jsonl", "root/isles/north/test/0001.jsonl"]),
    Case(
      name: "the split inside a name",
      files: ["root/isles/isles_test.csv", "root/isles/latest.csv"],
      read: ["root/isles/isles_test.csv"]),
    Case(
      name: "another word for the split", files: ["root/isles/dev.jsonl", "root/isles/test.jsonl"],
      task: "dataset_path: sea/isles\nvalidation_split: validation",
      read: ["root/isles/dev.jsonl"]),
    Case(
      name: "one of several formats", files: ["root/isles/test.csv", "root/isles/test.jsonl"],
      read: ["root/isles/test.jsonl"]),
    Case(
      name: "a folder of this machine", files: ["root/a/b/c/test/x.jsonl"],
      task: "dataset_path: ROOT/a\ntest_split: test", read: ["root/a/b/c/test/x.jsonl"]),
    Case(
      name: "no names of splits at all", files: ["root/a/x.jsonl", "root/a/y.jsonl"],
      task: "dataset_path: ROOT/a\ntest_split: train", read: ["root/a/x.jsonl", "root/a/y.jsonl"]),
    Case(
      name: "a data set's own card",
      files: ["root/isles/far/a.jsonl", "root/isles/near/a.jsonl", "root/isles/test.jsonl"],
      texts: [
        "root/isles/README.md": """
        ---
        configs:
        - config_name: south
          data_files: "*.jsonl"
        - config_name: north
          data_files:
          - split: test
            path: far/*.jsonl
        ---
        """
      ], task: configured, read: ["root/isles/far/a.jsonl"]),
  ]

  private static func files(_ path: String, _ lines: String, split: String = "test") -> String {
    "dataset_path: \(path)\ntest_split: \(split)\ndataset_kwargs:\n  data_files: \(lines)"
  }

  static let named = [
    Case(
      name: "a name", files: ["root/a.jsonl"], task: files("json", "a.jsonl", split: "train"),
      read: ["root/a.jsonl"]),
    Case(
      name: "a list of names", files: ["root/b.csv", "root/x/a.csv"],
      task: files("csv", "[x/a.csv, b.csv]", split: "train"), read: ["root/x/a.csv", "root/b.csv"]),
    Case(
      name: "patterns by split", files: ["root/x/a1.jsonl", "root/x/a2.jsonl", "root/x/b1.jsonl"],
      task: files("json", "{test: 'x/a?.jsonl', train: x/b*}"),
      read: ["root/x/a1.jsonl", "root/x/a2.jsonl"]),
    Case(
      name: "a list of splits", files: ["root/t.jsonl", "root/u.jsonl"],
      task: files("json", "[{split: train, path: u.jsonl}, {split: test, path: [t.jsonl]}]"),
      read: ["root/t.jsonl"]),
    Case(
      name: "character classes and folders",
      files: [
        "root/p/a-1.jsonl", "root/p/q/b-2.jsonl", "root/p/q/.c-2.jsonl", "root/p/q/b-x.jsonl",
      ],
      task: files("json", "{test: 'p/**/[a-c]-[!x].jsonl'}"),
      read: ["root/p/a-1.jsonl", "root/p/q/b-2.jsonl"]),
    Case(
      name: "inside the data set's folder",
      files: ["root/sea/isles/eval/x.jsonl", "root/eval/x.jsonl"],
      task: files("sea/isles", "{test: eval/x.jsonl}"), read: ["root/sea/isles/eval/x.jsonl"]),
    Case(
      name: "an absolute path", files: ["root/z/x.jsonl"],
      task: files("json", "{test: ROOT/z/x.jsonl}"), read: ["root/z/x.jsonl"]),
    Case(
      name: "something that was fetched by hand", files: ["root/quiz/x.jsonl"],
      task: files("json", "{test: 'https://example.org/some/x.jsonl'}"),
      read: ["root/quiz/x.jsonl"]),
    Case(
      name: "a split that is not named", files: ["root/test.jsonl"],
      task: files("json", "{train: test.jsonl}"), error: "data_files, which has only: train"),
    Case(
      name: "a file that is missing", files: ["root/test.jsonl"],
      task: files("json", "{test: [test.jsonl, more.jsonl]}"), error: "root/more.jsonl"),
  ]

  private static let repository = "hub/datasets--sea--isles"
  private static let main = ["\(repository)/refs/main": "abc1\n"]

  static let hub = [
    Case(
      name: "shards of the main branch",
      files: [
        "\(repository)/snapshots/abc1/data/test-00000-of-00001.jsonl",
        "\(repository)/snapshots/abc0/data/test-00000-of-00001.jsonl",
      ], texts: main, read: ["\(repository)/snapshots/abc1/data/test-00000-of-00001.jsonl"]),
    Case(
      name: "another revision",
      files: [
        "\(repository)/snapshots/abc1/test.jsonl", "\(repository)/snapshots/abc0/test.jsonl",
      ], texts: main.merging(["\(repository)/refs/v1": "abc0"]) { $1 },
      task: "dataset_path: sea/isles\ntest_split: test\ndataset_kwargs: {revision: v1}",
      read: ["\(repository)/snapshots/abc0/test.jsonl"]),
    Case(
      name: "a commit", files: ["\(repository)/snapshots/abc7/test.jsonl"],
      task: "dataset_path: sea/isles\ntest_split: test\ndataset_kwargs: {revision: abc7}",
      read: ["\(repository)/snapshots/abc7/test.jsonl"]),
    Case(
      name: "the only snapshot", files: ["\(repository)/snapshots/abc9/test/a.jsonl"],
      read: ["\(repository)/snapshots/abc9/test/a.jsonl"]),
    Case(
      name: "what the hub converted",
      files: [
        "\(repository)/snapshots/abc1/isles.py",
        "\(repository)/snapshots/fff1/north/test/0000.jsonl",
        "\(repository)/snapshots/fff1/south/test/0000.jsonl",
      ], texts: main.merging(["\(repository)/refs/refs/convert/parquet": "fff1"]) { $1 },
      task: configured, read: ["\(repository)/snapshots/fff1/north/test/0000.jsonl"]),
    Case(
      name: "deep names", files: ["\(repository)/snapshots/abc1/a/b/quiz-test-1/x.jsonl"],
      texts: main, read: ["\(repository)/snapshots/abc1/a/b/quiz-test-1/x.jsonl"]),
    Case(
      name: "the card's default",
      files: [
        "\(repository)/snapshots/abc1/p/one.jsonl", "\(repository)/snapshots/abc1/p/two.jsonl",
        "\(repository)/snapshots/abc1/test.jsonl",
      ],
      texts: main.merging([
        "\(repository)/snapshots/abc1/README.md": """
        ---
        license: other
        configs:
        - config_name: south
          data_files: test.jsonl
        - config_name: main
          default: true
          data_files:
          - split: train
            path: test.jsonl
          - split: test
            path: ["p/two.jsonl", "p/o*.jsonl"]
        ---
        # Isles
        """
      ]) { $1 },
      read: [
        "\(repository)/snapshots/abc1/p/two.jsonl", "\(repository)/snapshots/abc1/p/one.jsonl",
      ]),
    Case(
      name: "the data root goes first",
      files: ["root/isles/test.jsonl", "\(repository)/snapshots/abc1/test.jsonl"], texts: main,
      read: ["root/isles/test.jsonl"]),
    Case(
      name: "a file of another repository",
      files: ["hub/datasets--sky--stars/snapshots/abc1/data/all.jsonl"],
      texts: ["hub/datasets--sky--stars/refs/main": "abc1"],
      task: files("json", "{test: 'hf://datasets/sky/stars/data/all.jsonl'}"),
      read: ["hub/datasets--sky--stars/snapshots/abc1/data/all.jsonl"]),
  ]

  static let mistakes = [
    Case(name: "nothing at all", files: [], error: "hub/datasets--sea--isles/snapshots"),
    Case(name: "no folder of data", files: [], error: "set SPUNGE_DATA"),
    Case(
      name: "how to get it", files: ["root/x/test.jsonl"],
      error: "hf download --repo-type dataset sea/isles"),
    Case(
      name: "a configuration that the card does not have",
      files: ["\(repository)/snapshots/abc1/test.jsonl"],
      texts: main.merging([
        "\(repository)/snapshots/abc1/README.md":
          "---\nconfigs:\n- config_name: south\n  data_files: test.jsonl\n---\n"
      ]) { $1 }, task: configured, error: "has the configurations south"),
    Case(
      name: "another configuration's files",
      files: ["\(repository)/snapshots/abc1/south/test.jsonl"], texts: main, task: configured,
      error: "abc1/north"),
    Case(
      name: "a shard is missing",
      files: ["root/isles/test-00000-of-00003.jsonl", "root/isles/test-00002-of-00003.jsonl"],
      error: "test-00001-of-00003.jsonl: cannot be read: it is missing"),
    Case(
      name: "the first shard is missing", files: ["root/isles/test-00001-of-00002.jsonl"],
      error: "test-00000-of-00002.jsonl"),
    Case(
      name: "a path out of the cache", files: ["hub/other/test.jsonl"],
      texts: ["\(repository)/refs/main": "../../../other"], error: "no documents"),
    Case(
      name: "a broken card", files: ["root/isles/test.jsonl"],
      texts: ["root/isles/README.md": "---\nconfigs: [\n---\n"], error: "README.md: cannot be read"),
    Case(
      name: "a loader without files", files: ["root/json/test.jsonl"],
      task: "dataset_path: json\ntest_split: test", error: "needs 'dataset_kwargs"),
  ]

  /// `dataset_kwargs` of a CSV file, and its rows as they are then read.
  static let headers: [(String, String)] = [
    ("", "{'q': 'x', 'a': 1}"),
    ("column_names: [s, t]", "{'s': 'q', 't': 'a'} {'s': 'x', 't': '1'}"),
    ("column_names: [s, t], header: 0", "{'s': 'x', 't': 1}"),
    ("header: null", "{'0': 'q', '1': 'a'} {'0': 'x', '1': '1'}"),
    ("delimiter: ;", "{'q,a': 'x,1'}"),
  ]

  @Test(arguments: headers)
  func csvHeadersAreReadAsPandasDoes(options: String, expected: String) throws {
    let separator = options.isEmpty ? "" : ", "
    let folder = try TemporaryFolder([
      "a.csv": "q,a\nx,1\n",
      "t.yaml":
        "task: t\ndataset_path: csv\ntest_split: test\ndoc_to_text: q\ndoc_to_target: a\n"
        + "dataset_kwargs: {data_files: {test: a.csv}\(separator)\(options)}\n",
    ])
    let task = try EvaluationTask(TaskFile(path: folder.file("t.yaml")))
    let rows = try TaskDocuments.load(task, root: folder.path).evaluated
    #expect(
      rows.map { Value.mapping($0.fields).text }.joined(separator: " ") == expected)
  }

  /// The rows behind the limit decide about types, too.
  @Test func limitedReadingSeesAllRows() throws {
    let folder = try TemporaryFolder(["test.jsonl": "{\"a\": 1}\n{\"a\": 2.5, \"b\": 3}\n"])
    var dataset = DatasetReference(path: "json", name: "", files: ["test": ["test.jsonl"]])
    dataset.format.loader = "json"
    let source = DocumentSource(task: "t", dataset: dataset, root: folder.path, hub: HubCache())
    let documents = try source.read("test", limit: 1)
    #expect(
      documents.map { Value.mapping($0.fields).pythonJSON() } == [#"{"a": 1.0, "b": null}"#]
    )
  }

  @Test(arguments: [
    (["HF_HUB_CACHE": "/a", "HF_HOME": "/b"], "/a"), (["HF_HOME": "/b"], "/b/hub"),
    (["XDG_CACHE_HOME": "/c"], "/c/huggingface/hub"),
    (["HF_HOME": "", "HOME": "/d"], "/d/.cache/huggingface/hub"),
  ])
  func cacheIsWhereTheEnvironmentSays(environment: [String: String], path: String) {
    #expect(HubCache(environment: environment).path == path)
  }
}
