import Formats
import Tensors

/// An object inside a tokenizer's JSON file, whose readers say where something is wrong.
struct JSONFields {
  let file: String
  /// Where the object is in the file, for example `model` or `decoder.decoders[2]`.
  let place: String
  let object: Mapping

  init(file: String, place: String = "", object: Mapping) {
    self.file = file
    self.place = place
    self.object = object
  }

  func path(_ field: String) -> String { place.isEmpty ? field : "\(place).\(field)" }

  func missing(_ field: String) -> TokenizerError { .missing(file: file, field: path(field)) }

  func invalid(_ field: String, _ reason: String) -> TokenizerError {
    .invalid(file: file, field: path(field), reason: reason)
  }

  /// The value of `field`; nil where it is absent or null.
  private func value<Converted>(
    _ field: String, _ kind: String, _ convert: (Value) -> Converted?
  ) throws(TokenizerError) -> Converted? {
    guard let value = object[field], value != .null else { return nil }
    guard let converted = convert(value) else { throw invalid(field, "should be \(kind)") }
    return converted
  }

  func bool(_ field: String) throws(TokenizerError) -> Bool? {
    try value(field, "true or false") { $0.bool }
  }

  func bool(_ field: String, default absent: Bool) throws(TokenizerError) -> Bool {
    try bool(field) ?? absent
  }

  func string(_ field: String) throws(TokenizerError) -> String? {
    try value(field, "text") { $0.string }
  }

  func requiredString(_ field: String) throws(TokenizerError) -> String {
    guard let text = try string(field) else { throw missing(field) }
    return text
  }

  func integer(_ field: String) throws(TokenizerError) -> Int? {
    try value(field, "a whole number") { $0.integer }
  }

  func array(_ field: String) throws(TokenizerError) -> [Value]? {
    try value(field, "a list") { $0.list }
  }

  func fields(_ field: String) throws(TokenizerError) -> JSONFields? {
    guard let object = try value(field, "an object", { $0.mapping }) else { return nil }
    return JSONFields(file: file, place: path(field), object: object)
  }

  /// The objects of the list `field`; none where it is absent.
  func list(_ field: String) throws(TokenizerError) -> [JSONFields] {
    var result: [JSONFields] = []
    for (index, element) in (try array(field) ?? []).enumerated() {
      guard let object = element.mapping else {
        throw invalid("\(field)[\(index)]", "should be an object")
      }
      result.append(JSONFields(file: file, place: path("\(field)[\(index)]"), object: object))
    }
    return result
  }

  /// A token written as text or as an object with `content`.
  func token(_ field: String) throws(TokenizerError) -> String? {
    try value(field, "a token") { $0.string ?? $0.mapping?["content"]?.string }
  }
}
