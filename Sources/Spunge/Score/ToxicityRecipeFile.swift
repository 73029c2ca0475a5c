package import Evaluation
import Formats
import Foundation

/// `toxicity.json` of a results folder: how its completions were generated and classified.
package struct ToxicityRecipeFile: Codable, Sendable, Hashable {
  /// Version of this format.
  package private(set) var schema = 1
  package var protocolName: String
  package var settings: CompletionRecipe
  package var source: String
  package var prompts: String
  package var rule: String?
  package var groups: [String]
  /// Folder of the classifier; nil for none.
  package var classifier: String?
  package var classifierTrainingData: String
  /// Model that measured perplexity; nil for none.
  package var perplexityModel: String?
  package var perplexityDefinitions: [PerplexityDefinition]
  /// Notes for readers of the scores.
  package var notes: [String]

  init(_ toxicity: Experiment.Toxicity, _ fluency: Experiment.Fluency?, notes: [String]) {
    protocolName = toxicity.protocolName
    settings = toxicity.recipe
    source = toxicity.source
    prompts = toxicity.prompts.written
    rule = toxicity.rule?.description
    groups = toxicity.groups
    classifier = toxicity.classifier?.written
    classifierTrainingData = toxicity.classifierTrainingData
    perplexityModel = fluency?.model.written
    perplexityDefinitions = fluency?.definitions ?? []
    self.notes = notes
  }

  /// Writes the file to `path` atomically.
  package func write(to path: String) throws {
    try WholeFile.write(JSON.text(self), to: path)
  }

  package static func read(_ path: String) throws -> ToxicityRecipeFile {
    try JSON.decode(Self.self, from: Data(contentsOf: URL(filePath: path)))
  }
}
