/// Task files, experiments, and templates.
extension Reader {
  static func tasks() throws -> [Reader] {
    [
      task("village_choice"), task("village_write"), task("village_text"), task("_village"),
      experiment,
      settings, template, filter,
    ]
  }

  private static let words = [
    "include", "group", "tag", "task", "dataset_path", "dataset_name", "dataset_kwargs",
    "data_files", "test_split",
    "validation_split", "training_split", "fewshot_split", "output_type", "multiple_choice",
    "generate_until",
    "loglikelihood", "loglikelihood_rolling", "doc_to_text", "doc_to_target", "doc_to_choice",
    "process_docs",
    "process_results", "filter_list", "metric_list", "aggregation", "regex", "take_first",
    "majority_vote",
    "take_first_k", "group_select", "regex_pattern", "repeats", "generation_kwargs", "max_gen_toks",
    "until",
    "num_fewshot", "fewshot_config", "sampler", "first_n", "target_delimiter", "description",
    "should_decontaminate",
    "metadata", "weight_by_size", "acc", "exact_match", "perplexity", "bleu", "f1",
    "village_easy.yaml", "../_village.yaml",
  ]

  /// What only YAML has.
  private static let yamlWords = [
    "&a ", "*a", "<<: *a", "!function utils.f", "!!python/object:os.system ", "!!binary ", "? ",
    "- ", "---\n", "|\n", ">-\n",
    "{", "[", "}", "]", "\"", "'", ".nan", ".inf", "0x7fffffffffffffff", "0o17", "~", "yes",
    "2001-01-01", "\t", "\u{85}",
    "include: village_choice.yaml\n", "a: &a [*a, *a]\n",
    aliasBomb,
  ]

  /// Lists of lists of lists: a few hundred bytes that stand for 10¹² elements.
  private static let aliasBomb =
    "b0: &b0 [1]\n"
    + (1...12).map { level in
      let list = [String](repeating: "*b\(level - 1)", count: 10).joined(separator: ",")
      return "b\(level): &b\(level) [\(list)]\n"
    }.joined()

  private static let places = ["--include-path", "tasks", "--data", "data"]

  private static func task(_ file: String) -> Reader {
    let name = file == "_village" ? "village" : file
    return Reader(
      name: "task-\(file.replacing("_", with: ""))",
      // Data are named where they do not fit what the task says of them.
      names: [
        "\(file).yaml", "'\(name)'", "\(name):", "\(name),", "\(name) ", "village_", "task ",
        "test.jsonl",
        "text.jsonl",
      ],
      commands: [
        ["tasks", "show", name] + places, ["tasks", "validate"] + places,
        command("tasks list --include-path tasks"),
        command("score --model model --tasks village* --output ../out/r --work ../out/w") + places,
        command("tasks show village* --json") + places,
      ],
      original: {
        var files = try MicroModel.withTokenizer()
        try files.add(fixtures: "village/tasks", to: "tasks")
        try files.add(fixtures: "village/data", to: "data")
        return files
      },
      spoil: { files, random in
        let path = "tasks/\(file).yaml"
        if random.oneIn(4) { return Bytes.spoil(&files[path], words: yamlWords + words, &random) }
        var tree = try Tree(yaml: files[text: path])
        TreeSpoiler(words: words).spoil(&tree, &random)
        files[text: path] = tree.yaml
      }, statuses: [3], printsData: false)
  }

  private static var experiment: Reader {
    Reader(
      name: "experiment",
      names: [
        "e.yaml", "forget.jsonl", "retain.jsonl", "arc_easy", "model", "variable", "--", "/: ",
      ],
      commands: [
        command(
          "run e.yaml --plan --data data --include-path tasks --output ../out/r --work "
            + "../out/w")
      ],
      original: {
        var files = try MicroModel.withTokenizer()
        try files.add(fixtures: "tiny/corpora", to: "corpora")
        try files.add(fixtures: "village/tasks", to: "tasks")
        try files.add(fixtures: "village/data", to: "data")
        files[text: "e.yaml"] = experimentText
        return files
      },
      spoil: { files, random in
        if random.oneIn(4) {
          return Bytes.spoil(&files["e.yaml"], words: yamlWords + experimentWords, &random)
        }
        var tree = try Tree(yaml: files[text: "e.yaml"])
        TreeSpoiler(words: experimentWords).spoil(&tree, &random)
        files[text: "e.yaml"] = tree.yaml
      }, printsData: false)
  }

  static let experimentText = """
    name: tiny
    seed: 1
    base:
      model: model
    forget:
      files: [corpora/forget.jsonl]
    retain:
      files: [corpora/retain.jsonl]
    split:
      method: by_attribute
      settings: { attribute: domain }
    unlearn:
      method: rmu
      settings:
        layer: 0
        trainedLayers: [0]
        learningRate: 0.001
        alphas: [100]
    merge:
      method: ties
      settings: { density: 0.2, dialect: authors }
    score:
      variants: [base, monolithic, spunge]
      computeType: float32
      tasks: [village_choice]
    table:
      baseline: base

    """

  private static let experimentWords = [
    "grid", "method", "settings", "random", "kmeans", "embedding", "by_attribute", "npo",
    "gradient_ascent",
    "task_vector_negation", "training", "batchSize", "epochs", "accumulation", "rank", "slerp",
    "dare", "average",
    "toxicity", "perplexity", "limit", "${X}", "${SPUNGE_MODELS}", "density", "process",
    "threshold", "equalSize", "top",
  ]

  /// A file with the settings of a method.
  private static var settings: Reader {
    Reader(
      name: "settings", names: ["s.yaml", "rmu", "unlearn", "layer", "model"],
      commands: [
        command(
          "unlearn --method rmu --settings s.yaml --plan --base model --forget corpora/forget.jsonl "
            + "--retain corpora/retain.jsonl --output ../out/m")
      ],
      original: {
        var files = try MicroModel.withTokenizer()
        try files.add(fixtures: "tiny/corpora", to: "corpora")
        files[text: "s.yaml"] = """
          layer: 0
          trainedLayers: [0]
          learningRate: 0.001
          alphas: [100]
          batchSize: 2
          epochs: 1

          """
        return files
      },
      spoil: { files, random in
        if random.oneIn(4) { return Bytes.spoil(&files["s.yaml"], words: yamlWords, &random) }
        var tree = try Tree(yaml: files[text: "s.yaml"])
        TreeSpoiler(words: experimentWords).spoil(&tree, &random)
        files[text: "s.yaml"] = tree.yaml
      }, statuses: [3], printsData: false)
  }

  /// Templates and documents from a grammar, held against jinja2.
  private static var template: Reader {
    Reader(
      name: "template", names: ["t.yaml", "'t'", "t:", "test.jsonl"],
      commands: [command("tasks show t --json --limit 3") + places],
      original: {
        var files = Files()
        files[text: "tasks/t.yaml"] = """
          task: t
          dataset_path: json
          dataset_kwargs: {data_files: {test: test.jsonl}}
          test_split: test
          output_type: generate_until
          doc_to_text: "{{ text }}"
          doc_to_target: x
          metric_list: [{metric: exact_match}]

          """
        files[text: "data/test.jsonl"] = TemplateText.documents
        return files
      },
      spoil: { files, random in
        var tree = try Tree(yaml: files[text: "tasks/t.yaml"])
        var text = TemplateText.make(&random)
        if random.oneIn(4) { text = TreeSpoiler(words: TemplateText.words).changed(text, &random) }
        tree["doc_to_text"] = .string(text)
        files[text: "tasks/t.yaml"] = tree.yaml
        // The peer reads the template without YAML's rules.
        files[text: "template.txt"] = text
      }, peer: .template)
  }

  /// Patterns of Python's dialect in a filter, held against `re`.
  private static var filter: Reader {
    Reader(
      name: "filter", names: ["t.yaml", "'t'", "t:", "samples_t_0.jsonl"],
      commands: [command("rescore samples_t_0.jsonl --output ../out/r") + places],
      original: {
        var files = Files()
        files[text: "tasks/t.yaml"] = FilterText.task
        files[text: "data/test.jsonl"] = FilterText.documents
        files[text: "samples_t_0.jsonl"] = FilterText.samples
        return files
      },
      spoil: { files, random in
        let pattern = Pattern.make(.python, &random)
        files[text: "tasks/t.yaml"] = FilterText.task.replacing(
          "\"(a+)\"", with: Tree.quoted(pattern))
        files[text: "pattern.txt"] = pattern
      }, printsData: false, peer: .regex)
  }
}
