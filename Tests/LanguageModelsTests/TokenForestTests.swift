import LanguageModels
import Testing

@Suite struct TokenForestTests {
  @Test func everyDistinctPrefixOnce() {
    let forest = TokenForest([[1, 2, 3, 4], [1, 2, 5], [1, 2], [1, 2, 3, 4], [9], []])
    // 1 2 | 3 4 | 5 | 9
    #expect(forest.tokens == 6)
    #expect(forest.nodes.count == 4)
  }

  @Test func countsPrefixesOfRandomSequences() {
    for seed in 0..<50 {
      let sequences = (0..<30).map { row in
        (0..<(row * 7 + seed) % 13).map { Int32(($0 * seed + row * row) % 3) }
      }
      let prefixes = Set(sequences.flatMap { row in row.indices.map { Array(row[...$0]) } })
      #expect(TokenForest(sequences).tokens == prefixes.count)
    }
  }
}
