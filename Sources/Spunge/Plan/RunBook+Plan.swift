import Evaluation
import LanguageModels

extension RunBook {
  /// Puts what a plan was made from on record: files, parts, and what a reader should know.
  func note(_ plan: Plan, _ digests: FileDigests) throws {
    let (experiment, inputs, data) = (plan.experiment, plan.inputs, plan.data)
    let model = experiment.model
    for file in inputs.base.directory.sourceFiles {
      var path = ExperimentPath(literal: file)
      path.written = file.replacing(model.expanded, with: model.written)
      try note(path, role: "base", digests)
    }
    let prompts = experiment.scoring.toxicity?.prompts
    let files: [(role: String, paths: [ExperimentPath])] = [
      ("prompts", (inputs.prompts?.files ?? []).compactMap { prompts?.naming($0) }),
      ("forget", experiment.forget),
      ("split classifier", [experiment.splitClassifier].compactMap(\.self)),
      ("retain", experiment.retain),
      ("model", experiment.references),
      ("relearn", experiment.scoring.corpora.sorted { $0.key < $1.key }.map(\.value)),
    ]
    for (role, paths) in files { for path in paths { try note(path, role: role, digests) } }
    let models = experiment.scored.filter { $0.model != nil && $0.then.isEmpty }.map {
      inputs.model($0).notes
    }
    let others = ([inputs.judge?.notes, inputs.reference?.notes].compactMap(\.self) + models)
      .joined()
    for note in inputs.base.notes + data.notes + others { try warn(note) }
    for (kind, count) in [("forget", data.empty.forget), ("retain", data.empty.retain)]
    where count > 0 {
      try warn("\(kind) data: \(count) empty documents left out")
    }
    for (reason, count) in data.dropped.sorted(by: { $0.key < $1.key }) {
      try warn("split: \(count) documents left out: \(reason)")
    }
    try addStep("split", figures: data.figures)
    for part in data.parts + data.random {
      try addStep("split / \(part.name)", key: part.digest, figures: part.figures)
    }
  }

  private func addStep(_ name: String, key: String = "", figures: [String: Int]) throws {
    try add(
      Manifest.Step(
        name: name, key: key, reused: false, seconds: 0, figures: figures.mapValues(Double.init)))
  }

  /// - Returns: the digest of the file or folder.
  @discardableResult
  func note(_ path: ExperimentPath, role: String, _ digests: FileDigests) throws -> String {
    let digest = try digests.digest(of: path.expanded)
    try add(Manifest.Input(role: role, path: path.written, sha256: digest))
    return digest
  }
}

extension UnlearningData {
  fileprivate var figures: [String: Int] {
    let counts = [
      "documents": documents, "parts": parts.count, "retained": retained, "empty": empty.forget,
    ]
    return dropped.reduce(into: counts) { $0["left out: \($1.key)"] = $1.value }
  }
}

extension TokenPart {
  fileprivate var figures: [String: Int] {
    ["documents": corpus.rows.count, "tokens": corpus.rows.reduce(0) { $0 + $1.count }]
  }
}
