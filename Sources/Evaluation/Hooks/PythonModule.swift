import Foundation

/// A Python file beside a task file, which the built-in functions may or may not stand for.
enum PythonModule {
  /// Digests of the files of lm-evaluation-harness 0.4.2 to 0.4.13 whose functions are built in, comments and white
  /// space left out.
  private static let known: Set<String> = [
    // bigbench, hellaswag, mathqa, pubmedqa, toxigen, wikitext, winogrande.
    "870a008d1a6963d1dc94c3b3ba91117b", "b238905465257e9bd82d8ebd7fc177e6",
    "7e9ee96dc6761f629c7bc8c2d4579a7f", "8db38861c3db5e8e706ec1bd212b175c",
    "bd22cebe115d06df43a05b08d482e872", "e453db261db6cdae38d2e223f609f217",
    "20fd4d0ed0884646a4ca503d3c9970a2",
    // truthfulqa, which changed twice.
    "f85df194b39bc45ac52a73eb3bb4fbf1", "ec76c2545c23b596b10fb8321ac19b9a",
    "27a4441d463ef8b835cc423bf5581783",
    // global_mmlu, include, openai-mmmlu.
    "aeb4ef197a2aaa316fe25f57b15d8f8a", "f0b474c2099022337e4e1de886b7b823",
    "09047e40bb52e1d9c0f8d8f3fabb18a7", "3dd3009407e8c105d95893138c23d1c0",
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

  /// The same for files that differ in comments and white space only.
  static func digest(_ source: String) -> String {
    var code = String.UnicodeScalarView()
    var isComment = false
    for scalar in source.unicodeScalars {
      switch scalar {
      case "\n": isComment = false
      case "#": isComment = true
      case " ", "\t", "\r", "\u{b}", "\u{c}": break
      default: if !isComment { code.append(scalar) }
      }
    }
    var digest = PromptDigest()
    digest.add(String(code))
    return digest.text
  }
}
