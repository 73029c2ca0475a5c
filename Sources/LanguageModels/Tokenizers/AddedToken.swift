/// A token that is looked for in the text before anything else is done to it.
struct AddedToken: Sendable, Equatable {
  var id: Int
  var content: [UInt8]
  /// Whether it swallows white space on its left, on its right.
  var stripsLeft = false
  var stripsRight = false
  /// Whether it only counts between non-word characters.
  var isSingleWord = false
  /// Whether it is looked for after normalisation.
  var isNormalized = false
  /// Whether decoding may leave it out.
  var isSpecial = false
}
