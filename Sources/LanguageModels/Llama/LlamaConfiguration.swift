import Foundation
package struct LlamaConfiguration: Sendable {
  package var hiddenSize = 64, feedForwardSize = 128, layerCount = 4, headCount = 4, keyValueHeadCount = 2, headWidth = 16, vocabularySize = 512, maximumPositions = 256
  package var normEpsilon: Float = 1e-5
  package var inverseFrequencies: [Float] = []
  package var tiesEmbeddings = false
  package var slidingWindow = 0
  package func window(ofLayer: Int) -> Int { slidingWindow }
  package init() {
    inverseFrequencies = (0..<headWidth/2).map { Float(1) / powf(10000, Float(2 * $0) / Float(headWidth)) }
  }
}
