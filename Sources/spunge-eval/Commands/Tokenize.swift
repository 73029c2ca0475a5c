import ArgumentParser
import LanguageModels

struct Tokenize: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Tokenizes texts, as JSON Lines.",
    discussion: """
      Rows are {"text"}; answers are {"ids"} in input order.

      Example:
        echo '{"text": "Hello world"}' | spunge-eval tokenize --model model.gguf
      """)

  @Option(help: "Hugging Face folder, .gguf file, or folder with only a tokenizer.")
  var model: String
  @Flag(help: "Add the tokenizer's default special tokens (BOS, <s> … </s>).") var special = false
  @Option(help: "Ignored; accepted so that scripts can pass the same options to every command.")
  var dtype: String?
  @Option(help: "JSON Lines file to read, or - for standard input.") var input = "-"
  @Option(help: "JSON Lines file to write, or - for standard output.") var output = "-"

  struct Row: Decodable { let text: String }
  struct Answer: Encodable { let ids: [Int] }

  func run() throws {
    let out = try JSONLinesOutput(path: output, inputs: [input], model: model)
    let rows = try JSONLinesInput(path: input).rows(Row.self)
    let tokenizer = try TokenizerLoader.load(path: model)
    tokenizer.notes.forEach(Notice.print)
    for (index, row) in rows.enumerated() {
      try out.put(index, Answer(ids: try tokenizer.encode(row.text, addSpecial: special)))
    }
    try out.finish()
  }
}
