import PythonText
import Testing

/// Values printed by CPython 3.11's `random`.
@Suite struct PythonRandomTests {
  @Test func wordsAndFractions() {
    var random = PythonRandom(seed: 1234)
    #expect(
      (0..<5).map { _ in random.bits(32) } == [
        4_150_886_329, 3_342_196_574, 1_892_932_127, 501_869_158, 32_175_636,
      ])
    random = PythonRandom(seed: 1234)
    #expect(
      (0..<5).map { _ in random.uniform() } == [
        0.9664535356921388, 0.4407325991753527, 0.007491470058587191, 0.9109759624491242,
        0.939268997363764,
      ])
    random = PythonRandom(seed: 0)
    #expect(
      (0..<3).map { _ in random.bits(32) } == [3_626_764_237, 1_654_615_998, 3_255_389_356])
  }

  @Test func shuffleAndChoices() {
    var random = PythonRandom(seed: 1234)
    var elements = Array(0..<10)
    random.shuffle(&elements)
    #expect(elements == [2, 8, 3, 5, 6, 4, 9, 0, 1, 7])
    let expected = [
      [8, 7, 4, 2, 5, 4, 7, 3, 4, 5], [1, 8, 7, 2, 4, 4, 6, 7, 0, 0],
      [9, 9, 0, 0, 8, 7, 6, 3, 6, 6],
    ]
    for (seed, choices) in expected.enumerated() {
      var random = PythonRandom(seed: UInt64(seed))
      #expect(random.choices(from: Array(0..<10), count: 10) == choices)
    }
  }

  /// Population, draws, and the first three indices of three draws in a row.
  static let draws: [(Int, Int, [[Int]])] = [
    (1119, 25, [[902, 239, 15], [954, 140, 182], [156, 1016, 335]]),
    (39_905, 11, [[28_883, 7657, 490], [2019, 1038, 22_681], [31_899, 16_372, 4231]]),
    (40_398, 6, [[28_883, 7657, 490], [5500, 6450, 23_241], [1038, 22_681, 31_735]]),
    (7473, 5, [[6374, 3610, 957], [7462, 6610, 4769], [5677, 687, 806]]),
    (10, 3, [[7, 1, 0], [1, 0, 9], [1, 5, 3]]),
    (21, 5, [[14, 3, 0], [2, 3, 11], [0, 20, 11]]),
    (22, 5, [[14, 3, 0], [1, 21, 2], [7, 0, 11]]),
    (85, 6, [[56, 14, 0], [10, 12, 45], [2, 44, 82]]),
  ]

  @Test(arguments: draws) func sample(population: Int, count: Int, expected: [[Int]]) {
    var random = PythonRandom(seed: 1234)
    for start in expected {
      let drawn = random.sample(count, of: population)
      #expect(Array(drawn.prefix(3)) == start)
      #expect(Set(drawn).count == count)
    }
  }
}
