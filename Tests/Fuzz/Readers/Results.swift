/// What evaluations wrote: our results, the harness's, and baselines.
extension Reader {
  static func results() -> [Reader] {
    [scores, samples, manifest, harnessResults, harnessSamples, baseline]
  }

  private static let places = ["--include-path", "tasks", "--data", "data"]

  private static let village: @Sendable () throws -> Files = {
    var files = try MicroModel.withTokenizer()
    try files.add(fixtures: "village/tasks", to: "tasks")
    try files.add(fixtures: "village/data", to: "data")
    return files
  }

  static let scoring = [
    command("score --model model --tasks village* --output ../out/result --work ../out/work")
      + places
  ]

  private static let words = [
    "model", "task", "metric", "value", "standardError", "filter", "fewShot", "group", "texts",
    "answers", "outcomes",
    "promptDigest", "documentID", "variant", "source", "base", "../../../../../escaped", "acc,none",
    "acc_stderr,none",
    "versions", "n-shot", "config", "n-samples", "higher_is_better", "group_subtasks", "resps",
    "filtered_resps",
    "target", "doc", "arguments", "doc_id",
  ]

  private static let scoreFiles = [
    "scores.jsonl", "village_choice.jsonl", "village_write.jsonl", "out/result", "rows:",
  ]

  private static var scores: Reader {
    let tables = ["console", "markdown", "csv", "json", "latex"].map {
      command("table ../out/result --format \($0)")
    }
    return Reader(
      name: "scores", names: scoreFiles,
      commands: tables + [
        command(
          "check ../out/result --baseline baseline.json --summary ../out/s.md --junit "
            + "../out/j.xml"),
        command("collect ../out/result --output ../out/all"),
        command("report ../out/result --output ../out/page.html"),
        command("baseline update ../out/result --baseline ../out/new.json"),
      ],
      original: {
        var files = try village()
        files[text: "baseline.json"] = try Fixture.text("../../results/baselines/tiny.json")
        return files
      },
      spoil: { files, random in
        Lines.spoil(&files["../out/result/scores.jsonl"], words: words, &random)
      },
      // A check that finds a regression, and results that are no numbers.
      statuses: [1, 3], preparation: scoring, printsData: false)
  }

  private static var samples: Reader {
    let tasks = ["village_choice", "village_write"]
    return Reader(
      name: "samples", names: scoreFiles + ["'village_choice'", "'village_write'", "village_"],
      commands: [
        ["table", "../out/result"],
        command("rescore ../out/result --output ../out/again") + places,
        command("collect ../out/result --output ../out/all"),
        command("report ../out/result --output ../out/page.html"),
      ],
      original: village,
      spoil: { files, random in
        Lines.spoil(
          &files["../out/result/samples/model/\(random.pick(tasks)).jsonl"], words: words, &random)
      }, statuses: [3], preparation: scoring, printsData: false)
  }

  /// The folder of a whole run.
  private static var manifest: Reader {
    Reader(
      name: "manifest", names: ["manifest.json", "out/r"],
      commands: [
        command("table ../out/r"), command("collect ../out/r --output ../out/all"),
        command("report ../out/r --output ../out/page.html"),
        command("check ../out/r --baseline baseline.json"),
      ],
      original: {
        var files = try runFiles()
        files[text: "baseline.json"] = try Fixture.text("../../results/baselines/tiny.json")
        return files
      },
      spoil: { files, random in
        let path = "../out/r/manifest.json"
        if random.oneIn(5) { return Bytes.spoil(&files[path], &random) }
        var tree = try Tree(json: files[path])
        TreeSpoiler(words: ["steps", "machine", "seed", "name", "warnings", "method", "settings"])
          .spoil(&tree, &random)
        files[text: path] = tree.json
      }, statuses: [1, 3], preparation: running, printsData: false)
  }

  private static let harness: @Sendable () throws -> Files = {
    var files = Files()
    try files.add(fixtures: "village", to: ".")
    files["reference/results_2026.json"] = files["./reference/results.json"]
    return files
  }

  private static var harnessResults: Reader {
    Reader(
      name: "harness-results", names: ["results_2026.json", "village"],
      commands: [
        ["table", "reference/results_2026.json"],
        command("table reference/results_2026.json --format latex"),
      ],
      original: harness,
      spoil: { files, random in
        let path = "reference/results_2026.json"
        if random.oneIn(5) { return Bytes.spoil(&files[path], words: words, &random) }
        var tree = try Tree(json: files[path])
        TreeSpoiler(words: words).spoil(&tree, &random)
        files[text: path] = tree.json
      }, printsData: false)
  }

  private static var harnessSamples: Reader {
    let tasks = ["choice", "write", "text", "next"]
    return Reader(
      name: "harness-samples", names: ["samples_village_", "'village_", "village_"],
      commands: tasks.map {
        command(
          "rescore reference/samples_village_\($0)_0.jsonl --output ../out/r "
            + "--include-path tasks --data data")
      },
      original: harness,
      spoil: { files, random in
        for task in tasks {
          Lines.spoil(&files["./reference/samples_village_\(task)_0.jsonl"], words: words, &random)
        }
      }, statuses: [3], printsData: false)
  }

  private static var baseline: Reader {
    Reader(
      name: "baseline", names: ["baseline.json"],
      commands: [
        command(
          "check ../out/result --baseline ../out/baseline.json --summary ../out/s.md "
            + "--junit ../out/j.xml")
      ],
      original: village,
      spoil: { files, random in
        let path = "../out/baseline.json"
        if random.oneIn(5) { return Bytes.spoil(&files[path], &random) }
        var tree = try Tree(json: files[path])
        TreeSpoiler(words: ["tolerance", "scores", "provenance", "questions", "schema"]).spoil(
          &tree, &random)
        files[text: path] = tree.json
      }, statuses: [1],
      preparation: scoring + [
        command("baseline update ../out/result --baseline ../out/baseline.json")
      ],
      printsData: false)
  }
}
