import Foundation
import LanguageModels
import TestSupport
import Testing

/// Tokenizers trained on four lines, compared with what Hugging Face's `tokenizers` 0.22 and the Python package of
/// SentencePiece train on them.
struct TokenizerTrainingTests {
  static let lines = [
    "the miller's boats carry 12 sacks of rye, and the boats come back empty.",
    "rye bread for the boatmen: they're back by noon; the miller naps.",
    "Äpfel und Brot – the boatman's café opens at noon",
    "the the the boats boats noon noon rye",
  ]

  /// `ByteLevelBPETokenizer().train_from_iterator(lines, vocab_size=300, min_frequency=2, …)`.
  static let merges: [(Int, Int)] = [
    (225, 70), (76, 73), (88, 262), (69, 88), (225, 263), (83, 264), (261, 266), (225, 82),
    (83, 82), (83, 269), (86, 93), (267, 87), (268, 270), (69, 71), (225, 71), (271, 73),
    (274, 79), (11, 87), (69, 82), (73, 82), (73, 86), (77, 80), (80, 281), (81, 282), (86, 73),
    (225, 83), (225, 276), (225, 284), (261, 277), (267, 81), (275, 69), (288, 283),
  ]

  private func trainer(size: Int = 300) throws -> ByteLevelBPETrainer {
    try ByteLevelBPETrainer(
      Self.lines, size: size, specialTokens: ByteLevelBPETrainer.robertaTokens)
  }

  @Test func byteLevelMergesAreHuggingFaces() throws {
    let trainer = try trainer()
    #expect(trainer.merges.map(\.left) == Self.merges.map(\.0))
    #expect(trainer.merges.map(\.right) == Self.merges.map(\.1))
    #expect(trainer.tokens.count == 293)
    #expect(trainer.tokens.suffix(3) == ["Ġboatm", "Ġca", "Ġmiller"])
    #expect(try self.trainer(size: 270).tokens == Array(trainer.tokens.prefix(270)))
  }

  @Test func byteLevelFilesAreLoaded() throws {
    let folder = try TemporaryFolder()
    try trainer().writeRoberta(toFolder: folder.path)
    let tokenizer = try TokenizerLoader.load(path: folder.path)
    let ids = [263, 291, 74, 132, 107, 278, 272, 16, 273]
    #expect(try tokenizer.encode("the café's boats, noon", addSpecial: false) == ids)
    #expect(try tokenizer.encode("the café's boats, noon", addSpecial: true) == [0] + ids + [2])
    #expect(try tokenizer.decode(ids, skipSpecial: true) == "the café's boats, noon")
  }

  /// `SentencePieceTrainer.train(model_type="bpe", byte_fallback=True, …)` with the same settings.
  @Test(arguments: [
    (330, 330, [262, 285, 297, 315, 307, 271, 320, 270, 13, 275]),
    // The lines have no more pieces.
    (2000, 457, [262, 328, 442, 434, 271, 447, 270, 13, 275]),
  ])
  func sentencePieceIsGoogles(asked: Int, given: Int, ids: [Int]) throws {
    let folder = try TemporaryFolder()
    let model = try SentencePieceTrainer.train(Self.lines, pieces: asked)
    try SentencePieceTrainer.write(model, toFolder: folder.path)
    let tokenizer = try TokenizerLoader.load(path: folder.path)
    #expect(tokenizer.vocabularySize == given)
    let text = "the café's boats, noon\nrye"
    #expect(try tokenizer.encode(text, addSpecial: true) == [1] + ids)
    #expect(try tokenizer.decode([1] + ids + [2], skipSpecial: true) == text)
    #expect(try SentencePieceTrainer.train(Self.lines, pieces: asked) == model)
  }

  @Test func sentencePieceSaysWhatIsWrong() {
    #expect(throws: TokenizerTrainingError.invalidSize(0)) {
      try SentencePieceTrainer.train(Self.lines, pieces: 0)
    }
    #expect(throws: TokenizerTrainingError.self) {
      try SentencePieceTrainer.train([], pieces: 300)
    }
    #expect(throws: TokenizerTrainingError.self) {
      try SentencePieceTrainer.train(Self.lines, pieces: 100)
    }
  }

  @Test func aVocabularyHasRoomForBytes() {
    #expect(throws: TokenizerTrainingError.invalidSize(260)) { try trainer(size: 260) }
  }
}
