/// A task whose filter takes a pattern, and stored answers that it is tried on.
enum FilterText {
  static let task = """
    task: t
    dataset_path: json
    dataset_kwargs: {data_files: {test: test.jsonl}}
    test_split: test
    output_type: generate_until
    doc_to_text: "{{ q }}"
    doc_to_target: x
    generation_kwargs: {until: ["\\n"]}
    filter_list:
      - name: f
        filter:
          - {function: regex, regex_pattern: "(a+)", group_select: 0}
          - {function: take_first}
    metric_list: [{metric: exact_match}]

    """

  private static let answers = [
    "banaana", "The answer is 12.5, ships: x's 日本 é", "", "AAA\nThe THE the\nshiphip",
    "a b c d e 1 2 3", "aab abb  \t end.",
  ]

  static let documents = answers.indices.map { "{\"q\": \"q\($0)\"}\n" }.joined()

  static let samples = answers.enumerated().map { index, answer in
    let arguments = Tree.object([
      (
        "gen_args_0",
        .object([
          ("arg_0", .string("q\(index)")), ("arg_1", .object([("until", .array([.string("\n")]))])),
        ])
      )
    ])
    let sample = Tree.object([
      ("doc_id", .raw("\(index)")), ("doc", .object([("q", .string("q\(index)"))])),
      ("target", .string("x")),
      ("arguments", arguments), ("resps", .array([.array([.string(answer)])])),
      ("filtered_resps", .array([.string("a")])), ("filter", .string("f")),
    ])
    return sample.json + "\n"
  }.joined()
}
