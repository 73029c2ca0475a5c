import Formats
import Foundation
import PythonText

/// A Python file beside a task file, which the built-in functions may or may not stand for.
enum PythonModule {
  /// Digests of the files of lm-evaluation-harness 0.4.2 to 0.4.13 whose functions are built in; see `digest`.
  private static let known: Set<String> = [
    // bigbench, hellaswag, mathqa, pubmedqa, toxigen, wikitext, winogrande.
    "0bd77b0279893eac2d8d4e33a3b1bb3b", "ed6f612dcfaff1d897b9c2b931d8936d",
    "a1a2f2ce6f0ae59fdff076a1ecbd152f", "8e7e347236a6b8491ee736562c63a8d4",
    "b76e1100a14ed76ba9f715d645b5bbc8", "b78de498a65fd2ee65de5551eccc4d19",
    "d672a89fe6f90c052da0b121b0a3c98c",
    // truthfulqa, which changed twice.
    "dbab179cd8b976bc0bea1fde18ea61c2", "48a017fdbb8f0231e49db4cb00760fbd",
    "25840e76e08e209f7c35edf757dd52cc",
    // global_mmlu (default, full), include, openai-mmmlu.
    "03fbfd959f8c2b0cb2b664c059d2d2de", "e9e24ad17f1c42b131930e945b282118",
    "fb2230a233277c2d83e6200a0f206b68", "380de2487ef5dd2cc91aa53815a30b7f",
  ]

  /// The file that `function` (`utils.process_docs`) means in the task file at `path`, if it is there and is not one
  /// that the built-in functions were written after.
  static func stranger(_ function: String, beside path: String) -> String? {
    let parts = function.split(separator: ".").dropLast()
    let module = URL(fileURLWithPath: path).deletingLastPathComponent()
      .appendingPathComponent(parts.joined(separator: "/") + ".py").path
    guard FileTree.isFile(module) else { return nil }
    guard let text = try? TaskText.read(module) else { return module }
    return known.contains(digest(text)) ? nil : module
  }

  /// The same for files that differ in line ends, empty lines and lines of comment only: white space inside a line may
  /// be a string's, and so may a `#`.
  static func digest(_ source: String) -> String {
    let blanks = " \t\r\u{b}\u{c}".unicodeScalars
    let lines = source.unicodeScalars.split(separator: "\n").compactMap { line in
      var line = line
      while let last = line.last, blanks.contains(last) { line.removeLast() }
      return line.first { $0 != " " && $0 != "\t" }.flatMap { $0 == "#" ? nil : String(line) }
    }
    var digest = PromptDigest()
    digest.add(lines.joined(separator: "\n"))
    return digest.text
  }
}
