//! What a userName may not have: characters that make two names look alike, or one look like nothing. A name is
//! refused or taken as it is, never trimmed or changed, because clients compare what they read with what they sent.

use unicode_normalization::char::{decompose_canonical, decompose_compatible};
use unicode_properties::{GeneralCategory, UnicodeGeneralCategory};

use crate::domain::is_width_variant;

/// Why the userName is refused, if it is.
pub(super) fn fault(name: &str) -> Option<&'static str> {
    let edges = [name.chars().next(), name.chars().next_back()];
    if edges.into_iter().flatten().any(char::is_whitespace) {
        return Some("must not begin or end with white space");
    }
    name.chars().find_map(character_fault)
}

fn character_fault(character: char) -> Option<&'static str> {
    if matches!(character, ' '..='~') {
        return None;
    }
    if is_invisible(character) {
        return Some("must not have invisible characters");
    }
    let category = character.general_category();
    if matches!(
        category,
        GeneralCategory::Control | GeneralCategory::LineSeparator | GeneralCategory::ParagraphSeparator
    ) {
        Some("must not have control characters or line breaks")
    } else if category == GeneralCategory::Format {
        Some("must not have formatting characters")
    } else if matches!(category, GeneralCategory::PrivateUse | GeneralCategory::Unassigned) {
        Some("must not have unassigned or private use characters")
    } else if category == GeneralCategory::SpaceSeparator && !is_width_variant(character) {
        Some("must not have spaces other than the ordinary one")
    } else if has_compatibility_form(character) {
        Some("must not have compatibility characters such as ligatures")
    } else {
        None
    }
}

/// Letters and marks that show nothing: fillers, joiners and variation selectors (Unicode's
/// `Default_Ignorable_Code_Point` outside the categories refused anyway).
const fn is_invisible(character: char) -> bool {
    matches!(
        character,
        '\u{34F}'
            | '\u{115F}'..='\u{1160}'
            | '\u{17B4}'..='\u{17B5}'
            | '\u{180B}'..='\u{180F}'
            | '\u{3164}'
            | '\u{FE00}'..='\u{FE0F}'
            | '\u{FFA0}'
            | '\u{E0100}'..='\u{E01EF}'
    )
}

/// Whether the character is another one in other clothes, fullwidth and halfwidth forms aside: those are folded.
fn has_compatibility_form(character: char) -> bool {
    if is_width_variant(character) {
        return false;
    }
    let (mut canonical, mut compatible) = (String::new(), String::new());
    decompose_canonical(character, |part| canonical.push(part));
    decompose_compatible(character, |part| compatible.push(part));
    canonical != compatible
}
