import ArgumentParser
import LanguageModels

struct Tokenize: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Token ids of texts, as JSON Lines.",
    discussion: """
      Rows are {"text"}; answers are {"ids"} in input order.

      Example:
        echo '{"text": "Hello world"}' | spunge-eval tokenize --model model.gguf
      """)

  @Option(help: "Hugging Face folder, .gguf file, or folder with only a tokenizer.") var model:
    String
  @Flag(help: "Add what the tokenizer adds by default (BOS, <s> … </s>).") var special = false
  @Option(help: "Accepted for symmetry; ids do not depend on it.") var dtype: String?
  @Option(help: "JSON Lines to read; - for standard input.") var input = "-"
  @Option(help: "JSON Lines to write; - for standard output.") var output = "-"

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
