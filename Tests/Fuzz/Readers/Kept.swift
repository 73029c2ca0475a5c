/// What earlier runs left behind: used as it was written, or not at all.
extension Reader {
  static func kept() -> [Reader] { [answers, overlay, work, state] }

  private static let village: @Sendable () throws -> Files = {
    var files = try MicroModel.withTokenizer()
    try files.add(fixtures: "village/tasks", to: "tasks")
    try files.add(fixtures: "village/data", to: "data")
    return files
  }

  /// Spoils one of the files whose path ends so: bits and bytes more often than rows.
  private static func spoil(_ files: inout Files, _ endings: [String], _ random: inout Random) {
    let paths = files.contents.keys.filter { path in
      path.hasPrefix("../out/") && endings.contains(where: path.hasSuffix)
    }.sorted()
    guard !paths.isEmpty else { return }
    let path = random.pick(paths)
    if path.hasSuffix(".jsonl"), random.oneIn(3) {
      Lines.spoil(&files[path], words: [], &random)
    } else if random.oneIn(2), !files[path].isEmpty {
      files[path][random.below(files[path].count)] ^= 1 << UInt8(random.below(8))
    } else {
      Bytes.spoil(&files[path], &random)
    }
  }

  static let running = [
    command("run e.yaml --data data --include-path tasks --output ../out/r --work ../out/w")
  ]

  static let runFiles: @Sendable () throws -> Files = {
    var files = try village()
    try files.add(fixtures: "tiny/corpora", to: "corpora")
    files[text: "e.yaml"] = experimentText
    return files
  }

  private static var answers: Reader {
    Reader(
      name: "kept-answers", names: ["answers", "digests.json", "work"], commands: scoring,
      original: village,
      spoil: { files, random in
        spoil(&files, ["answers.jsonl", "digests.json"], &random)
      }, preparation: scoring, discarded: ["../out/result/"], isKept: true,
      compared: ["../out/result/scores.jsonl", "../out/result/samples/model/village_choice.jsonl"],
      printsData: false)
  }

  private static var overlay: Reader {
    Reader(
      name: "overlay", names: ["overlay.json", "delta.safetensors", "overlay"],
      commands: [
        command("loglikelihood --model ../out/overlay --base model --input ids.jsonl")
      ],
      original: adapterFiles,
      spoil: { files, random in
        if random.oneIn(2) { return spoil(&files, ["overlay.json", "delta.safetensors"], &random) }
        var tree = try Tree(json: files["../out/overlay/overlay.json"])
        TreeSpoiler(words: [
          "delta.safetensors", "../../in/model/model.safetensors", "products", "schema", "sha256",
        ])
        .spoil(&tree, &random)
        files[text: "../out/overlay/overlay.json"] = tree.json
      },
      preparation: [
        command(
          "merge --method task_arithmetic --base model --part adapter --overlay --output "
            + "../out/overlay")
      ], isKept: true)
  }

  /// Deltas and answers of an experiment.
  private static var work: Reader {
    Reader(
      name: "kept-work", names: ["../out/w", "/w/"], commands: running,
      original: runFiles,
      spoil: { files, random in
        // Without the answers, the scores tell what became of the deltas.
        if random.oneIn(2) {
          for path in files.contents.keys where path.contains("/answers/") {
            files.contents[path] = nil
          }
        }
        spoil(&files, [".safetensors", ".jsonl", ".json"], &random)
      }, statuses: [3], preparation: running, discarded: ["../out/r/"], isKept: true,
      compared: [
        "../out/r/scores.jsonl", "../out/r/samples/rmu/village_choice.jsonl",
        "../out/r/samples/spunge_rmu/village_choice.jsonl",
      ],
      printsData: false)
  }

  /// A training state from the middle of a run: the run goes on from it, or says why not.
  private static var state: Reader {
    let unlearn = command(
      "unlearn --method gradient_ascent --set training.epochs=1 --set "
        + "training.batchSize=1 --set training.maximumSteps=2 --base model --forget "
        + "corpora/forget.jsonl --retain corpora/retain.jsonl --state ../out/state "
        + "--state-interval 1 --output ../out/unlearned")
    return Reader(
      name: "kept-state", names: ["state"], commands: [unlearn],
      original: {
        var files = try MicroModel.withTokenizer()
        try files.add(fixtures: "tiny/corpora", to: "corpora")
        return files
      },
      spoil: { files, random in
        spoil(&files, ["state"], &random)
      }, statuses: [3], preparation: [unlearn], discarded: ["../out/unlearned/"], isKept: true,
      compared: ["../out/unlearned/model.safetensors"], printsData: false)
  }
}
