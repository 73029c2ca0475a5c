import Formats
import Tensors

extension ByteLevelBPETrainer {
  /// RoBERTa's special tokens, in the order of their ids.
  package static let robertaTokens = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]

  /// Writes the tokenizer files of a RoBERTa folder, for this library and for transformers.
  ///
  /// The special tokens must be `robertaTokens`.
  package func writeRoberta(toFolder folder: String) throws {
    precondition(
      Array(tokens.prefix(Self.robertaTokens.count)) == Self.robertaTokens,
      "special tokens \(tokens.prefix(5)) are not RoBERTa's")
    var vocabulary = Mapping()
    for (id, token) in tokens.enumerated() { vocabulary[token] = .integer(id) }
    let lines = merges.map { "\(tokens[$0.left]) \(tokens[$0.right])" }
    try write(Value.mapping(vocabulary).json(.indented(by: 2)), to: "\(folder)/vocab.json")
    try write(
      (["#version: 0.2"] + lines).joined(separator: "\n"), to: "\(folder)/merges.txt")
    let file = tokenizerFile(vocabulary, lines)
    try write(Value.mapping(file).json(.indented(by: 2)), to: "\(folder)/tokenizer.json")
    let configuration: Mapping = [
      "tokenizer_class": .string("RobertaTokenizer"), "add_prefix_space": .bool(false),
      "bos_token": .string("<s>"), "cls_token": .string("<s>"), "eos_token": .string("</s>"),
      "sep_token": .string("</s>"), "pad_token": .string("<pad>"), "unk_token": .string("<unk>"),
      "mask_token": .string("<mask>"),
    ]
    try write(
      Value.mapping(configuration).json(.indented(by: 2)), to: "\(folder)/tokenizer_config.json")
  }

  private func tokenizerFile(_ vocabulary: Mapping, _ merges: [String]) -> Mapping {
    let added = Self.robertaTokens.enumerated().map { id, token -> Value in
      .mapping([
        "id": .integer(id), "content": .string(token), "single_word": .bool(false),
        "lstrip": .bool(token == "<mask>"), "rstrip": .bool(false), "normalized": .bool(false),
        "special": .bool(true),
      ])
    }
    let bytes: Mapping = [
      "type": .string("ByteLevel"), "add_prefix_space": .bool(false), "trim_offsets": .bool(true),
      "use_regex": .bool(true),
    ]
    return [
      "version": .string("1.0"), "truncation": .null, "padding": .null,
      "added_tokens": .list(added), "normalizer": .null, "pre_tokenizer": .mapping(bytes),
      "post_processor": .mapping([
        "type": .string("RobertaProcessing"), "sep": .list([.string("</s>"), .integer(2)]),
        "cls": .list([.string("<s>"), .integer(0)]), "trim_offsets": .bool(true),
        "add_prefix_space": .bool(false),
      ]),
      "decoder": .mapping(bytes),
      "model": .mapping([
        "type": .string("BPE"), "dropout": .null, "unk_token": .null,
        "continuing_subword_prefix": .string(""), "end_of_word_suffix": .string(""),
        "fuse_unk": .bool(false), "byte_fallback": .bool(false), "ignore_merges": .bool(false),
        "vocab": .mapping(vocabulary), "merges": .list(merges.map { .string($0) }),
      ]),
    ]
  }

  private func write(_ text: String, to path: String) throws(FileError) {
    let file = try AtomicFile(path: path)
    try file.write(text + "\n")
    try file.commit()
  }
}
