import Foundation
import TestSupport
import Testing

/// `tasks list`, `show` and `validate`.
@Suite struct TaskCommandTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    try folder.write(
      "isles.yaml",
      """
      task: isles
      tag: sea
      dataset_path: sea/isles
      validation_split: validation
      doc_to_text: "{{question}}"
      doc_to_target: answer
      num_fewshot: 1
      generation_kwargs: {until: ["."], max_gen_toks: 7}
      """)
    try folder.write("seas.yaml", "group: seas\ntask: [isles]\n")
    try folder.write(
      "python.yaml", "include: isles.yaml\ntask: python\nprocess_docs: !function a.b\n")
    try FileManager.default.createDirectory(
      atPath: "\(folder.path)/data/isles", withIntermediateDirectories: true)
    try folder.write(
      "data/isles/validation.jsonl",
      "{\"question\": \"How far?\", \"answer\": \"Far.\"}\n"
        + "{\"question\": \"How deep?\", \"answer\": \"Deep.\"}\n")
  }

  @Test func listsNamesOfEachKind() throws {
    let tags = try Tool(["tasks", "list", "tags"], in: folder.path, tasks: folder.path)
    #expect(tags.output == "tag\tsea\t2 tasks\n")
    let all = try Tool(["tasks", "list", "--json"], in: folder.path, tasks: folder.path)
    #expect(all.output.split(separator: "\n").count == 4)
    #expect(all.output.contains(#"{"kind":"tag","members":["isles","python"],"name":"sea"}"#))
  }

  @Test func showsOneObjectARequest() throws {
    let shown = try Tool(
      ["tasks", "show", "seas", "--json", "--data", "data"], in: folder.path, tasks: folder.path)
    // The only other document is the example.
    #expect(
      shown.output == #"{"choices":[],"context":"How deep? Deep.\n\nHow far?","doc_id":0,"#
        + #""max_gen_toks":7,"repeats":1,"target":"Far.","task":"isles","temperature":0,"#
        + #""until":["."]}"# + "\n")
  }

  @Test func saysWhatCannotBeUsed() throws {
    let all = try Tool(["tasks", "validate"], in: folder.path, tasks: folder.path)
    #expect(all.status == 2)
    #expect(all.output.contains("no built-in stands for '!function a.b'"))
    #expect(all.output.hasSuffix("2 tasks and groups can be used, 1 cannot\n"))
    let one = try Tool(
      ["tasks", "validate", "isles", "--data", "data"], in: folder.path, tasks: folder.path)
    #expect(one.status == 0 && one.output == "1 tasks and groups can be used, 0 cannot\n")
    let empty = try Tool(
      ["tasks", "validate", "isles", "--data", "."], in: folder.path, tasks: folder.path)
    #expect(empty.status == 2 && empty.output.contains("no documents for the split 'validation'"))
  }

  /// The executable finds the tasks that come with it from wherever it is called.
  @Test func ownTasksAreFound() throws {
    let list = try Tool(
      ["tasks", "list", "--include-path", folder.path], in: folder.path)
    #expect(list.output.contains("task\tisles\t"))
    #expect(list.output.contains("tasks/harness/arc_easy/arc_easy.yaml"))
    let unknown = try Tool(["tasks", "show", "arc_eazy", "--data", "."], in: folder.path)
    #expect(unknown.status == 2 && unknown.errors.contains("did you mean 'arc_easy'?"))
    // Near names and how to list all, not all of them.
    #expect(unknown.errors.contains("; 'spunge-eval tasks' lists all "), "\(unknown.errors)")
    #expect(!unknown.errors.contains("hellaswag"), "\(unknown.errors)")
  }
}
