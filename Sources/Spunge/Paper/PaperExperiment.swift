/// One of the paper's experiments at full size: a file of `tasks/experiments/paper`.
package struct PaperExperiment: Sendable, Hashable {
  /// The file's name without extension.
  package let name: String
  package let title: String
  /// Numbers of the paper's tables and figures that it is for.
  package let tables: [Int]
  package let figures: [Int]
  /// Files of `results/paper` whose cells its scores stand beside.
  package let printed: [String]

  /// In the order in which they are best run: later ones find steps of earlier ones done.
  ///
  /// Tables 3 to 5 are those by group and of the ten benchmarks; which model is in which could not be established
  /// but for Zephyr's TVN in table 5.
  package static let all: [PaperExperiment] = [
    .init(
      name: "toxicity-zephyr-rmu", title: "Toxicity of Zephyr, RMU", tables: [1, 3, 4, 5],
      figures: [2, 3], printed: ["toxicity", "benchmarks-zephyr"]),
    .init(
      name: "toxicity-zephyr-spunge-rmu", title: "Toxicity of Zephyr, SPUNGE-RMU",
      tables: [1, 3, 4, 5], figures: [2, 3], printed: ["toxicity", "benchmarks-zephyr"]),
    .init(
      name: "toxicity-zephyr-tvn", title: "Toxicity of Zephyr, TVN and SPUNGE-TVN",
      tables: [1, 3, 4, 5], figures: [2, 3], printed: ["toxicity", "benchmarks-zephyr"]),
    .init(
      name: "toxicity-llama2-tvn", title: "Toxicity of Llama2-7b, TVN and SPUNGE-TVN",
      tables: [1, 3, 4, 5], figures: [2, 3], printed: ["toxicity", "benchmarks-llama2"]),
    .init(
      name: "hazard-zephyr-rmu", title: "Hazardous knowledge of Zephyr, RMU", tables: [2],
      figures: [], printed: ["hazardous-knowledge"]),
    .init(
      name: "hazard-zephyr-spunge-rmu", title: "Hazardous knowledge of Zephyr, SPUNGE-RMU",
      tables: [2], figures: [], printed: ["hazardous-knowledge"]),
    .init(
      name: "kinds-llama2-tvn", title: "Implicit and explicit toxicity of Llama2-7b, on ToxiGen",
      tables: [6, 7], figures: [4], printed: ["toxicity", "benchmarks-implicit-explicit"]),
    .init(
      name: "kinds-llama2-tvn-open",
      title: "Implicit and explicit toxicity of Llama2-7b, on RealToxicityPrompts",
      tables: [6], figures: [], printed: ["toxicity"]),
  ]

  /// Those that some tables and figures need; all where none are chosen.
  package static func needed(tables: [Int], figures: [Int]) -> [PaperExperiment] {
    guard !tables.isEmpty || !figures.isEmpty else { return all }
    return all.filter { experiment in
      tables.contains { experiment.tables.contains($0) }
        || figures.contains { experiment.figures.contains($0) }
    }
  }

  /// `tables 1, 3; figure 2`.
  package var places: String {
    func list(_ kind: String, _ numbers: [Int]) -> String? {
      guard !numbers.isEmpty else { return nil }
      return "\(kind)\(numbers.count == 1 ? "" : "s") "
        + numbers.map { "\($0)" }.joined(separator: ", ")
    }
    return [list("table", tables), list("figure", figures)].compactMap(\.self)
      .joined(separator: "; ")
  }
}
