import Formats
import PythonText

/// MathQA: five answers in one text, `a ) 38 , b ) 27.675 , …`.
enum MathQAHooks {
  static func choices(_ document: Document) throws(TemplateFault) -> Value {
    let pattern = try PythonRegex(#"[abcd] \) .*?, |e \) .*?$"#)
    let found = try pattern.findAll(in: document.requiredString("options"))
    return .list(
      found.joined().map { match in
        let answer = String(scalars: match.unicodeScalars.dropFirst(4))
        return .string(answer.stripped(left: false, " ,"))
      })
  }
}
