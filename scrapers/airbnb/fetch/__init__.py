"""Pages and photos from Airbnb's servers, within the rules of conduct."""
